// SPDX-License-Identifier: Apache-2.0
#include "exporters/kafka/token_file.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <vector>

#include "rules/event/read_file.h"

namespace picket {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostBytes = 65'536;
constexpr double kLatest = 253'402'300'799;  // the end of the year 9999
constexpr std::string_view kFile = "file://";

std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

// What base64url without padding stands for; nothing when it is none.
std::optional<std::string> decode(std::string_view text) {
  std::string padded(text);
  std::replace(padded.begin(), padded.end(), '-', '+');
  std::replace(padded.begin(), padded.end(), '_', '/');
  const std::size_t padding = (4 - padded.size() % 4) % 4;
  padded.append(padding, '=');
  std::vector<unsigned char> bytes(padded.size());
  const int size = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(padded.data()),
                                   static_cast<int>(padded.size()));
  if (size < static_cast<int>(padding)) return std::nullopt;
  return std::string(bytes.begin(), bytes.begin() + size - static_cast<std::ptrdiff_t>(padding));
}

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// The claims of HEADER.CLAIMS.SIGNATURE; no object when it is none.
Json claims_of(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t second = first == token.npos ? first : token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos) return {};
  const auto claims = decode(token.substr(first + 1, second - first - 1));
  return claims ? Json::parse(*claims, nullptr, false) : Json();
}

// librdkafka asks for a token; `path` is what sasl.oauthbearer.config says.
void give_token(rd_kafka_t* client, const char* path, void*) {
  const auto token = read_token_file(path);
  std::array<char, 512> reason{};
  if (!token) {
    rd_kafka_oauthbearer_set_token_failure(client, token.error().message.c_str());
  } else if (const std::int64_t over = now_ms() - token->ends_ms; over >= 0) {
    const std::string text =
        "the token in " + std::string(path) + " expired " + std::to_string(over / 1000) + " seconds ago";
    rd_kafka_oauthbearer_set_token_failure(client, text.c_str());
  } else if (rd_kafka_oauthbearer_set_token(client, token->text.c_str(), token->ends_ms, token->who.c_str(), nullptr, 0,
                                            reason.data(), reason.size()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    rd_kafka_oauthbearer_set_token_failure(client, reason.data());
  }
}

}  // namespace

std::optional<std::string> path_of_token_url(std::string_view url) {
  if (!url.starts_with(kFile) || url.size() == kFile.size() || url[kFile.size()] != '/') return std::nullopt;
  return std::string(url.substr(kFile.size()));
}

Result<KafkaToken> read_token_file(const std::string& path) {
  const auto wrong = [&path](const std::string& what) {
    return Error{"the token in " + path + " " + what, "expected a JSON Web Token: HEADER.CLAIMS.SIGNATURE"};
  };
  const auto text = read_file(path, kMostBytes);
  if (!text) return wrong("cannot be read: " + text.error().message);
  KafkaToken token{std::string(trimmed(*text)), "-", 0};
  const Json claims = claims_of(token.text);
  if (!claims.is_object()) return wrong("is none");
  const auto ends = claims.find("exp");
  if (ends == claims.end() || !ends->is_number()) return wrong("does not say when it expires (exp)");
  token.ends_ms = static_cast<std::int64_t>(std::clamp(ends->get<double>(), 0.0, kLatest) * 1000);
  const auto who = claims.find("sub");
  if (who != claims.end() && who->is_string()) token.who = who->get<std::string>();
  return token;
}

void take_tokens_from_file(rd_kafka_conf_t* conf, const std::string& path) {
  rd_kafka_conf_set(conf, "sasl.oauthbearer.config", path.c_str(), nullptr, 0);
  rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf, give_token);
}

}  // namespace picket
