// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/status.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "exporters/format/json.h"
#include "exporters/format/terminal.h"
#include "rules/language/response.h"

namespace picket {
namespace {

constexpr std::size_t kMostBytes = 50'000;
constexpr std::size_t kLongestName = 256;  // bytes of a rule's or a sink's name that are shown
constexpr std::size_t kMostSinks = 8;      // that are shown: a fifth of all the bytes at most

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

// How many of the sinks are shown: each has some hundred bytes in either form.
std::span<const SinkStatus> shown_sinks(const Status& status) {
  return std::span(status.sinks).first(std::min(status.sinks.size(), kMostSinks));
}

// "kafka: dropped 12 queue_full, 1 too_large; shortened 3; now: Broken pipe"
void append_sink_name(std::string& text, const SinkStatus& sink) {
  append_terminal_text(text, sink.name, kLongestName);
  std::string dropped;
  for (std::size_t cause = 0; cause < kDropCauses; ++cause) {
    if (sink.counts.dropped[cause] == 0) continue;
    dropped += fmt::format("{} {} {}", dropped.empty() ? ": dropped" : ",", sink.counts.dropped[cause],
                           drop_cause_name(static_cast<DropCause>(cause)));
  }
  std::string_view before = dropped.empty() ? ": " : "; ";
  text += dropped;
  if (sink.counts.shortened != 0) {
    text += fmt::format("{}shortened {}", before, sink.counts.shortened);
    before = "; ";
  }
  if (sink.counts.error.empty()) return;
  text.append(before).append("now: ");
  append_terminal_text(text, sink.counts.error, kLongestName);
}

void append_sinks(std::string& text, const Status& status) {
  if (status.sinks.empty()) return;
  text += fmt::format("\n{:>10} {:>10} {:>10} {:>10} {:>10}  output\n", "produced", "delivered", "queued", "spooled",
                      "dropped");
  for (const SinkStatus& sink : shown_sinks(status)) {
    const LedgerCounts& counts = sink.counts;
    text += fmt::format("{:>10} {:>10} {:>10} {:>10} {:>10}  ", counts.produced, counts.delivered, counts.queued,
                        counts.spooled, counts.all_dropped());
    append_sink_name(text, sink);
    text += '\n';
  }
  if (status.sinks.size() > kMostSinks) text += fmt::format("and {} more\n", status.sinks.size() - kMostSinks);
}

void write_sinks(JsonWriter& json, const Status& status) {
  json.name("outputs").open('[');
  for (const SinkStatus& sink : shown_sinks(status)) {
    const LedgerCounts& counts = sink.counts;
    json.open('{').member("name", std::string_view(sink.name).substr(0, kLongestName));
    json.member("produced", counts.produced).member("delivered", counts.delivered);
    json.member("queued", counts.queued).member("spooled", counts.spooled);
    json.name("dropped").open('{');
    for (std::size_t cause = 0; cause < kDropCauses; ++cause) {
      json.member(drop_cause_name(static_cast<DropCause>(cause)), counts.dropped[cause]);
    }
    json.close('}').member("shortened", counts.shortened);
    if (!counts.error.empty()) json.member("error", std::string_view(counts.error).substr(0, kLongestName));
    json.close('}');
  }
  json.close(']').member("outputs_left_out", status.sinks.size() - shown_sinks(status).size());
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
  for (const auto& sink : outputs.sinks()) status.sinks.push_back({sink->name(), sink->counts()});
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
  append_sinks(text, status);

  const auto counts = in_order(status);
  if (counts.empty()) return text;
  text += fmt::format("\n{:>10} {:>10} {:>10} {:>10}  rule\n", "denied", "killed", "would deny", "would kill");
  std::size_t shown = 0;
  for (const auto& [name, count] : counts) {
    if (text.size() > kMostBytes - 4 * kLongestName - 256) break;  // four bytes for one
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
  json.close('}');
  write_sinks(json, status);
  json.name("rules").open('[');
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
