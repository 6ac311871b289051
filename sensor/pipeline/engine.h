// SPDX-License-Identifier: Apache-2.0
//
// The engine: records in, alerts out. Decodes, joins the process, finds the rule, writes the alert. Knows nothing of
// kernels, so that it can be driven by recorded or made-up records as well.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "rules/event/time.h"
#include "rules/language/rule.h"
#include "rules/match/match.h"
#include "sensor/pipeline/outputs.h"
#include "sensor/process/host_names.h"
#include "sensor/process/table.h"

namespace picket {

struct EngineCounters {
  std::uint64_t events = 0;
  std::uint64_t alerts = 0;
  std::uint64_t malformed = 0;                 // records that decode() refused
  std::array<std::uint64_t, kKindEnd> lost{};  // before they reached us, by kind
};

// Used from one thread. Per event: no allocation once warm (but for DNS answers), no lock, no copy of the record.
class Engine {
 public:
  // Everything must outlive the engine.
  Engine(const Policy& policy, ProcessTable& processes, Names& names, Outputs& outputs);

  void on_record(std::span<const std::byte> record);

  // About once a second, and at the end: reports events that were lost since the last time, forgets old processes,
  // follows changes of the wall clock. `lost` counts since load, as KernelSide::lost() does.
  void tick(std::uint64_t boot_time, const std::array<std::uint64_t, kKindEnd>& lost);

  const EngineCounters& counters() const { return counters_; }

 private:
  void report_loss(Kind kind, std::uint64_t count, std::uint64_t boot_time);

  Matcher matcher_;
  ProcessTable& processes_;
  Names& names_;
  Outputs& outputs_;
  HostNames host_names_;
  Scratch scratch_;
  std::string message_;
  std::int64_t wall_clock_offset_;
  std::uint64_t last_tick_ = 0;
  EngineCounters counters_;
};

}  // namespace picket
