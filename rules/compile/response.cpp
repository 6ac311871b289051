// SPDX-License-Identifier: Apache-2.0
#include "rules/compile/response.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iterator>
#include <optional>
#include <string_view>

#include "rules/compile/output.h"
#include "rules/event/outcome.h"
#include "rules/event/text.h"
#include "rules/language/durations.h"

namespace picket {
namespace {

using policy::Text;

// Findings about words; whether any was an error.
class Words {
 public:
  explicit Words(std::vector<Diagnostic>& diagnostics) : diagnostics_(diagnostics) {}

  void error(const Text& text, std::string message, std::string hint = {}) {
    diagnostics_.push_back(
        policy::diagnose(Severity::Error, Finding::Shape, text, std::move(message), std::move(hint)));
    fine_ = false;
  }
  void unknown(std::string_view what, const Text& text, const std::vector<std::string_view>& names, std::string list) {
    std::string hint = suggestion(text.value, names);
    error(text, "unknown " + std::string(what) + " " + quote(text.value), hint.empty() ? std::move(list) : hint);
  }

  // A number from 1 on.
  std::uint64_t count(const Text& text, std::uint64_t most) {
    std::uint64_t number = 0;
    const char* end = text.value.data() + text.value.size();
    const auto parsed = std::from_chars(text.value.data(), end, number);
    if (parsed.ec == std::errc{} && parsed.ptr == end && number >= 1 && number <= most) return number;
    error(text, "expected a whole number from 1 to " + std::to_string(most) + ", got " + quote(text.value));
    return 0;
  }

  std::uint64_t window(const Text& text) {
    const auto duration = parse_duration(text.value);
    if (duration && *duration >= 1 && *duration <= kMaxWindow) return *duration;
    error(text, "expected a duration of at most 24h, got " + quote(text.value), "write 500ms, 90s, 1m or 1h");
    return 0;
  }

  void fields(const std::vector<Text>& texts, std::vector<OutputPiece>& into, Asked& asked) {
    for (const Text& text : texts) {
      Report report(text, diagnostics_);
      auto found = parse_key(report);
      fine_ = fine_ && !report.failed();
      asked.needs = asked.needs | found.needs;
      asked.outcome = asked.outcome || found.asks_outcome;
      asked.hashes = asked.hashes | found.hashes;
      std::move(found.pieces.begin(), found.pieces.end(), std::back_inserter(into));
    }
  }

  bool fine() const { return fine_; }

 private:
  std::vector<Diagnostic>& diagnostics_;
  bool fine_ = true;
};

constexpr std::string_view kAlert = "alert", kDeny = "deny", kKill = "kill", kNone = "none";

void read_actions(const policy::RuleItem& item, Response& into, Words& words) {
  if (item.action_key.file && item.actions.empty()) words.error(item.action_key, "'action' is empty");
  for (const Text& action : item.actions) {
    const std::string& name = action.value;
    into.deny = into.deny || name == kDeny;
    into.kill = into.kill || name == kKill;
    if (name == kAlert || name == kDeny || name == kKill) continue;
    words.unknown("action", action, {kAlert, kDeny, kKill}, "actions: alert, deny, kill; or several: [deny, kill]");
  }
}

// The numbers that the kernel gives to user space: 1 to 133 (EHWPOISON).
constexpr int kMostErrors = 133;

void read_error(const Text& text, Response& into, Words& words) {
  std::vector<std::string_view> names;
  for (int number = 1; number <= kMostErrors; ++number) {
    const char* name = strerrorname_np(number);
    if (name == nullptr) continue;
    if (text.value == name) {
      into.error = number;
      return;
    }
    names.push_back(name);
  }
  words.unknown("errno", text, names, "errors have the names of errno(3): EPERM, EACCES, ENOENT");
}

void read_mode(const Text& text, Response& into, Words& words) {
  const auto* found = std::find(std::begin(kModes), std::end(kModes), text.value);
  if (found != std::end(kModes)) {
    into.mode = static_cast<Mode>(found - std::begin(kModes));
  } else {
    words.unknown("mode", text, {std::begin(kModes), std::end(kModes)}, "modes: observe, audit, enforce");
  }
}

struct NamedSeverity {
  std::string_view name;
  AlertSeverity severity;
};
constexpr NamedSeverity kSeverities[] = {
#define SEVERITY(id, name) {#name, AlertSeverity::name},
#include "rules/event/severities.def"
#undef SEVERITY
};

std::string lower(std::string_view text) {
  std::string all(text);
  for (char& byte : all) byte = byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
  return all;
}

}  // namespace

bool read_response(const policy::RuleItem& item, Rule& into, std::vector<Diagnostic>& diagnostics) {
  Words words(diagnostics);
  Response& response = into.response;
  read_actions(item, response, words);
  if (item.error.file) {
    read_error(item.error, response, words);
    if (!response.deny && words.fine()) words.error(item.error, "'errno' without 'action: deny'");
  }
  if (item.mode.file) {
    read_mode(item.mode, response, words);
    if (!response.enforces() && words.fine()) words.error(item.mode, "'mode' without an action that could be enforced");
  }
  if (item.exempt.file) {
    response.nobody_exempt = item.exempt.value == kNone;
    if (!response.nobody_exempt) words.unknown("exempt", item.exempt, {kNone}, "exempt: none is all that can be said");
    if (!response.enforces() && words.fine()) words.error(item.exempt, "'exempt' without an action that is enforced");
  }
  for (const Text& action : item.actions) {
    if (action.value == kAlert || into.acts.line != 0) continue;
    Diagnostic word = policy::diagnose(Severity::Error, Finding::Invalid, action, {});
    into.acts = std::move(word.where);
    into.acts_line = std::move(word.source_line);
  }
  return words.fine();
}

bool read_severity(const policy::RuleItem& item, AlertSeverity& into, std::vector<Diagnostic>& diagnostics) {
  if (!item.severity.file) return true;
  Words words(diagnostics);
  std::vector<std::string> names;
  for (const NamedSeverity& row : kSeverities) {
    names.push_back(lower(row.name));
    if (names.back() != lower(item.severity.value)) continue;
    into = row.severity;
    return true;
  }
  words.unknown("severity", item.severity, {names.begin(), names.end()},
                "severities: informational, low, medium, high, critical, fatal");
  return false;
}

bool read_throttle(const policy::ThrottleItem& item, Throttle& into, Asked& asked,
                   std::vector<Diagnostic>& diagnostics) {
  if (!item.key.file) return true;
  Words words(diagnostics);
  into.every = words.window(item.every);
  if (item.max.file) into.max = words.count(item.max, UINT32_MAX);
  words.fields(item.per, into.per, asked);
  return words.fine();
}

bool read_threshold(const policy::ThresholdItem& item, Threshold& into, Asked& asked,
                    std::vector<Diagnostic>& diagnostics) {
  if (!item.key.file) return true;
  Words words(diagnostics);
  into.count = words.count(item.count, kMaxThresholdCount);
  into.within = words.window(item.within);
  words.fields(item.by, into.by, asked);
  return words.fine();
}

bool read_sequence(const policy::RuleItem& item, Sequence& into, Asked& asked, std::vector<Diagnostic>& diagnostics) {
  const policy::SequenceItem& sequence = item.sequence;
  if (!sequence.key.file) return true;
  Words words(diagnostics);
  if (item.threshold.key.file) words.error(item.threshold.key, "'threshold' and 'sequence' exclude each other");
  if (sequence.after.empty() || sequence.after.size() > kMaxSteps) {
    words.error(sequence.key, "'after' must name 1 to " + std::to_string(kMaxSteps) + " rules");
  }
  for (const Text& name : sequence.after) into.after.push_back(name.value);
  into.within = words.window(sequence.within);
  const auto* subject = std::find(std::begin(kSubjects), std::end(kSubjects),
                                  sequence.by.size() == 1 ? std::string_view(sequence.by[0].value) : "");
  into.by = static_cast<Sequence::By>(subject - std::begin(kSubjects));
  if (into.by != Sequence::By::Fields) return words.fine();
  if (sequence.by.empty()) words.error(sequence.key, "'by' is empty", "by: process, ancestor, container or fields");
  const bool one_word = sequence.by.size() == 1 && sequence.by[0].value.find_first_of(".(") == std::string::npos;
  if (one_word) {
    words.unknown("subject", sequence.by[0], {std::begin(kSubjects), std::end(kSubjects)},
                  "by: process, ancestor, container or fields");
  } else {
    words.fields(sequence.by, into.fields, asked);
  }
  return words.fine();
}

}  // namespace picket
