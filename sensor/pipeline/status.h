// SPDX-License-Identifier: Apache-2.0
//
// What `picket status` shows of the running sensor: whether it refuses, by which rules, what it saw, what was lost and
// why, and what each rule did.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bpf/shared/wire.h"
#include "rules/event/event.h"
#include "sensor/kernel/kernel.h"
#include "sensor/pipeline/engine.h"
#include "sensor/pipeline/outputs.h"
#include "sensor/pipeline/rule_counts.h"

namespace picket {

// Something that was lost, and how often.
struct LossCause {
  std::string_view name;  // as in JSON: "ring_full"
  std::string_view text;  // for people
  std::uint64_t count = 0;
};

// What became of the messages of one sink.
struct SinkStatus {
  std::string name;
  LedgerCounts counts = {};
};

struct Status {
  pid_t pid = 0;
  std::uint64_t running_seconds = 0;
  std::uint64_t started = 0;  // nanoseconds since 1970

  std::string_view enforcement;        // "enforce", "audit", "observe", "off": what rules may do now
  std::uint64_t on_again_seconds = 0;  // when it is off: it turns itself on by then; 0: not by itself
  std::uint32_t dead_man_seconds = 0;  // 0: none
  std::uint64_t lapses = 0;            // how often that ended enforcement so far
  std::size_t enforcing_rules = 0;     // that refuse or kill
  std::size_t auditing_rules = 0;      // that say what they would do

  std::uint32_t generation = 0;  // of the policy image: 1, and one more with each reload
  std::size_t rules = 0;         // in force
  bool observe_only = false;     // nothing can be refused on this kernel

  std::uint64_t events = 0, alerts = 0, processes = 0;
  std::vector<LossCause> losses;  // every cause, those of which nothing was lost, too
  std::map<std::string_view, std::uint64_t> lost_by_kind;

  std::vector<SinkStatus> sinks;

  std::map<std::string, RuleCount> counts;  // rules that decided anything
};

// What these know of it: events and losses; nothing can be refused.
Status status_of(const Engine& engine, const KernelSide& kernel, const Outputs& outputs);

// As lines for people, and as one JSON object ("schema": "picket.status.v1", docs/enforcement.md). Both have at most
// 50,000 bytes: when the counts of all sinks or of all rules do not fit, the sinks that come first and the rules that
// decided most do, and how many were left out is said.
std::string status_text(const Status& status);
std::string status_json(const Status& status);

// What of it is about enforcement, in one line.
std::string enforcement_line(const Status& status);

}  // namespace picket
