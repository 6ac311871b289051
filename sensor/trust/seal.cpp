// SPDX-License-Identifier: Apache-2.0
#include "sensor/trust/seal.h"

#include <algorithm>

#include "rules/event/text.h"
#include "sensor/trust/lines.h"

namespace picket::trust {
namespace {

constexpr std::string_view kSignature = "signature";
constexpr std::string_view kKey = "key";

// Where the last line begins.
std::size_t last_line(std::string_view text) {
  const std::size_t end = text.substr(0, text.size() - 1).rfind('\n');
  return end == text.npos ? 0 : end + 1;
}

std::string join(std::span<const PublicKey> keys) {
  std::string text;
  for (const PublicKey& key : keys) text += (text.empty() ? "" : ", ") + key.id();
  return text;
}

}  // namespace

std::string seal(std::string_view title, std::string_view body, const PrivateKey& key) {
  std::string text(title);
  text += "\n" + std::string(kKey) + " " + key.public_key().id() + "\n";
  text += body;
  const Signature signature = key.sign(text);
  return text + std::string(kSignature) + " " + base64(signature) + "\n";
}

std::variant<Seal, Diagnostic> parse_seal(const std::string& path, std::string_view title, std::string_view text) {
  Lines lines(path, text);
  if (!lines.next() || lines.line() != title) return lines.expected(quote(title));
  if (!lines.next() || !lines.take(kKey) || !is_sha256(lines.left())) {
    return lines.expected("'key' and the SHA-256 of one");
  }
  const std::size_t body = title.size() + 1 + lines.line().size() + 1;
  const std::size_t end = text.ends_with('\n') ? last_line(text) : 0;
  if (end < body) return about(path, "ends early: the last line is not its signature");

  const std::string_view message = text.substr(0, end);
  const std::string_view signed_body = message.substr(body);
  const auto count = static_cast<std::size_t>(std::count(signed_body.begin(), signed_body.end(), '\n'));
  Lines last(path, text.substr(end), Seal::kFirstBodyLine + count);
  last.next();
  const auto signature = last.take(kSignature) ? parse_base64(last.left()) : std::nullopt;
  if (!signature) return last.expected("'signature' and 64 bytes in base64");
  return Seal{lines.left(), signed_body, message, *signature};
}

std::variant<OpenedSeal, Diagnostic> open_seal(const std::string& path, std::string_view title, std::string_view text,
                                               std::span<const PublicKey> trusted) {
  const auto parsed = parse_seal(path, title, text);
  if (const auto* wrong = std::get_if<Diagnostic>(&parsed)) return *wrong;
  const Seal& sealed = std::get<Seal>(parsed);
  const auto key = std::find_if(trusted.begin(), trusted.end(),
                                [&sealed](const PublicKey& each) { return each.id() == sealed.key; });
  if (key == trusted.end()) {
    return about(path, "signed by the key " + std::string(sealed.key) + ", which is not trusted",
                 "trusted is " + join(trusted));
  }
  if (!key->verifies(sealed.message, sealed.signature)) {
    return about(path, "altered since it was signed, or never signed by the key " + key->id() + " that it names");
  }
  return OpenedSeal{sealed.body, &*key};
}

}  // namespace picket::trust
