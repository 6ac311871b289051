// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/requests.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <optional>

#include "rules/event/read_file.h"
#include "sensor/trust/encoding.h"

namespace picket {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kLongest = 365ull * 24 * 3600;  // seconds

Asker asker_of(const Peer& peer) {
  std::error_code unknown;
  const auto executable = std::filesystem::read_symlink("/proc/" + std::to_string(peer.pid) + "/exe", unknown);
  return {.uid = peer.uid, .pid = static_cast<std::uint32_t>(peer.pid), .process = executable.string()};
}

Answer failed(std::string text) { return {Verdict::Failed, std::move(text) + "\n"}; }

// The text's beginning up to `end`, which is taken away with it.
std::string_view take(std::string_view& text, char end) {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return taken;
}

}  // namespace

std::string machine_id(const std::string& host_root) {
  auto text = read_file((host_root == "/" ? "" : host_root) + "/etc/machine-id", 64);
  if (!text) return {};
  std::erase(*text, '\n');
  return trust::is_machine_id(*text) ? *text : std::string();
}

Answer Requests::answer(const Request& request, const Clocks& now) {
  if (request.text == "status") return {Verdict::Done, status_text(status_())};
  if (request.text == "status json") return {Verdict::Done, status_json(status_())};
  std::string_view order = request.text;
  std::string_view words = take(order, '\n');
  if (take(words, ' ') == "enforce") return enforce(request, words, order, now);
  return failed("this sensor knows no such request: it may be older than the command");
}

Answer Requests::enforce(const Request& request, std::string_view words, std::string_view order, const Clocks& now) {
  const std::string_view verb = take(words, ' ');
  if (verb == "status") return {Verdict::Done, enforcement_line(status_())};
  if (request.peer.uid != 0) return failed("only root may change enforcement");
  if (verb == "on") {
    enforcement_.on(asker_of(request.peer), now);
    return {Verdict::Done, enforcement_line(status_())};
  }
  if (verb == "off") return off(asker_of(request.peer), words, order, now);
  return failed("enforce can be on, off or status");
}

Answer Requests::off(Asker asker, std::string_view words, std::string_view order, const Clocks& now) {
  const auto wanted = words.empty() ? std::optional<std::uint64_t>(0) : trust::parse_number(words);
  if (!wanted || *wanted > kLongest) return failed("for how long it is to be off is no number of seconds");
  std::uint64_t seconds = *wanted;
  if (trust_ != nullptr) {
    if (order.empty()) {
      return {Verdict::Untrusted,
              "this sensor trusts keys: it needs an order that one of them has signed\n"
              "hint: picket enforce token --machine " +
                  machine_id(config_.host_root) + " makes one, --token FILE gives it\n"};
    }
    if (!orders_) {
      auto opened = trust::Orders::open(config_.policy_record + "-orders");
      if (!opened) return {Verdict::Untrusted, opened.error().message + "\nhint: " + opened.error().hint + "\n"};
      orders_ = std::move(*opened);
    }
    const auto accepted = orders_->accept("the order", order, trust_->keys(), machine_id(config_.host_root),
                                          static_cast<std::uint64_t>(std::time(nullptr)));
    if (const auto* wrong = std::get_if<Diagnostic>(&accepted)) return {Verdict::Untrusted, render(*wrong)};
    const auto& [allowed, key] = std::get<trust::Orders::Accepted>(accepted);
    seconds = seconds == 0 ? allowed.seconds : std::min(seconds, allowed.seconds);
    asker.key = key;
  }
  enforcement_.off(asker, seconds * kSecond, now);
  return {Verdict::Done, enforcement_line(status_())};
}

}  // namespace picket
