// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/status.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "exporters/format/json.h"
#include "exporters/format/terminal.h"
#include "rules/language/response.h"

namespace picket {
namespace {

constexpr std::size_t kMostBytes = 50'000;
constexpr std::size_t kLongestName = 256;  // bytes of a rule's name that are shown

using Counted = std::pair<std::string_view, RuleCount>;

std::uint64_t sum(const RuleCount& count) { return count.denied + count.killed + count.would_deny + count.would_kill; }

// Those that decided most come first.
std::vector<Counted> in_order(const Status& status) {
  std::vector<Counted> counts(status.counts.begin(), status.counts.end());
  std::stable_sort(counts.begin(), counts.end(),
                   [](const Counted& a, const Counted& b) { return sum(a.second) > sum(b.second); });
  return counts;
}

std::string seconds_text(std::uint64_t seconds) { return duration_text(seconds * 1'000'000'000); }

std::string enforcement_text(const Status& status) {
  std::string text(status.enforcement);
  if (status.on_again_seconds != 0) text += ", on again in " + seconds_text(status.on_again_seconds);
  text += fmt::format(" ({} rules refuse or kill, {} say what they would do)", status.enforcing_rules,
                      status.auditing_rules);
  if (status.observe_only) text += "; nothing can be refused on this kernel";
  return text;
}

std::string dead_man_text(const Status& status) {
  if (status.dead_man_seconds == 0) return "off";
  return fmt::format("{}, has ended enforcement {} times", seconds_text(status.dead_man_seconds), status.lapses);
}

std::string loss_text(const Status& status) {
  std::string text;
  for (const LossCause& loss : status.losses) {
    if (loss.count == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", loss.count, loss.text);
  }
  return text.empty() ? "nothing" : text;
}

}  // namespace

Status status_of(const Engine& engine, const KernelSide& kernel, const Outputs& outputs) {
  Status status;
  const EngineCounters& counters = engine.counters();
  std::uint64_t ring_full = 0, hashes = 0;
  for (unsigned kind = 0; kind < kKindEnd; ++kind) {
    if (counters.lost[kind] == 0) continue;
    ring_full += counters.lost[kind];
    status.lost_by_kind.emplace(kind_name(static_cast<Kind>(kind)), counters.lost[kind]);
  }
  for (const std::uint64_t missing : engine.hashes().missing) hashes += missing;
  status.events = counters.events;
  status.alerts = counters.alerts;
  status.observe_only = kernel.observing_only().has_value();
  status.losses = {
      {"ring_full", "events (a buffer was full, or the kernel skipped a program)", ring_full},
      {"malformed", "malformed records", counters.malformed()},
      {"late", "events came after younger ones", kernel.reordered()},
      {"outcome_unknown", "outcomes not known in time", engine.waited(Wait::Result).overdue},
      {"outcome_not_awaited", "outcomes not awaited for want of room", engine.waited(Wait::Result).refused},
      {"hash_missing", "hashes missing", hashes},
      {"throttled", "alerts suppressed by throttles", engine.rates().throttled},
      {"forgotten", "counts of thresholds forgotten for want of room", engine.rates().thresholds_evicted},
      {"output_dropped", "lines that an output could not take", outputs.dropped()},
  };
  return status;
}

std::string status_text(const Status& status) {
  std::string text;
  const auto line = [&text](std::string_view name, const std::string& value) {
    text += fmt::format("{:<13}{}\n", name, value);
  };
  line("sensor", fmt::format("pid {}, running for {}", status.pid, seconds_text(status.running_seconds)));
  line("enforcement", enforcement_text(status));
  line("dead man", dead_man_text(status));
  line("rules", fmt::format("{} in force, generation {}", status.rules, status.generation));
  line("events", fmt::format("{}, {} alerts, {} processes known", status.events, status.alerts, status.processes));
  line("lost", loss_text(status));

  const auto counts = in_order(status);
  if (counts.empty()) return text;
  text += fmt::format("\n{:>10} {:>10} {:>10} {:>10}  rule\n", "denied", "killed", "would deny", "would kill");
  std::size_t shown = 0;
  for (const auto& [name, count] : counts) {
    if (text.size() > kMostBytes - 2 * kLongestName - 256) break;
    text +=
        fmt::format("{:>10} {:>10} {:>10} {:>10}  ", count.denied, count.killed, count.would_deny, count.would_kill);
    append_terminal_text(text, name, kLongestName);
    text += '\n';
    ++shown;
  }
  if (shown != counts.size()) text += fmt::format("and {} rules that decided less\n", counts.size() - shown);
  return text;
}

std::string enforcement_line(const Status& status) { return enforcement_text(status) + "\n"; }

std::string status_json(const Status& status) {
  TextBuffer text;
  JsonWriter json(text);
  json.open('{').member("schema", "picket.status.v1").member("pid", status.pid);
  json.member("running_seconds", status.running_seconds);
  json.name("enforcement").open('{').member("state", status.enforcement);
  if (status.on_again_seconds != 0) json.member("on_again_seconds", status.on_again_seconds);
  json.member("dead_man_seconds", status.dead_man_seconds).member("lapses", status.lapses);
  json.member("enforcing_rules", status.enforcing_rules).member("auditing_rules", status.auditing_rules);
  json.name("observe_only").truth(status.observe_only).close('}');
  json.name("policy").open('{').member("generation", status.generation).member("rules", status.rules).close('}');
  json.member("events", status.events).member("alerts", status.alerts).member("processes", status.processes);
  json.name("losses").open('{');
  for (const LossCause& loss : status.losses) json.member(loss.name, loss.count);
  json.close('}').name("lost_by_kind").open('{');
  for (const auto& [kind, count] : status.lost_by_kind) json.member(kind, count);
  json.close('}').name("rules").open('[');
  const auto counts = in_order(status);
  std::size_t shown = 0;
  for (const auto& [name, count] : counts) {
    if (json.size() > kMostBytes - 16 * kLongestName) break;  // six bytes for one, and the name once more as base64
    json.open('{').member("rule", name.substr(0, kLongestName));
    json.member("denied", count.denied).member("killed", count.killed);
    json.member("would_deny", count.would_deny).member("would_kill", count.would_kill).close('}');
    ++shown;
  }
  json.close(']').member("rules_left_out", counts.size() - shown).close('}').end_line().finish();
  return std::string(text.view());
}

}  // namespace picket
