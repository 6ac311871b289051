// SPDX-License-Identifier: Apache-2.0
//
// Taking the place of a sensor that has ended and whose rules are in force all the same (sensor/kernel/persistence.h).
//
// There is no moment without rules, and nothing is shared with it: this sensor's own programs decide by its own rules
// before those of the other one go. While both are there each call is decided once for whoever asks, since a refusal
// ends the kernel's list of programs: what the one refuses the other one is not asked about, and does not count.
//
// Then what was refused without a sensor is reported: how often by which rule, exactly, and as alerts what is still in
// the rings. These have events of other kinds, too, of rules that only alert and of processes that came and went; they
// are taken for what they are up to the moment at which this sensor began to see the same for itself.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "rules/event/alert.h"
#include "sensor/kernel/notes.h"

namespace picket {

// Used from one thread.
class Takeover {
 public:
  // To be called before the lifecycle's programs are attached, and before the others are.
  void sees_processes_from(std::uint64_t boot) { processes_from_ = boot; }
  void sees_all_from(std::uint64_t boot) { all_from_ = boot; }

  // What is in force now.
  struct Now {
    std::uint32_t generation;
    std::vector<ActingConjunct> acting;
    std::string_view state;  // as EnforcementSwitch has it
  };
  using Feed = std::function<void(std::span<const std::byte> record)>;
  using Report = std::function<void(const EnforcementChange& change)>;

  // Takes over from all sensors that have ended; without any, nothing happens. `feed` gets records in the order of
  // time, as though this sensor had made them; `report` one change for each. What cannot be done is said on the log.
  void finish(const Now& now, const Feed& feed, const Report& report) const;

  // A record of a former sensor, as one of this one: `number` is the conjunct whose rule decided there, or nothing
  // where that rule is not in force any more. Good until the next call. (Public for its test.)
  static std::span<const std::byte> translate(std::span<const std::byte> record, const ActingConjunct* rule,
                                              std::uint32_t generation, std::vector<std::byte>& buffer);

  // Whether this sensor did not see for itself what the record says. `refused`: by a rule of the former one.
  bool is_news(std::span<const std::byte> record, bool refused) const;

 private:
  std::uint64_t processes_from_ = 0, all_from_ = 0;
};

}  // namespace picket
