// SPDX-License-Identifier: Apache-2.0
//
// What was lost because a ring had no room.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "bpf/shared/counters.h"
#include "rules/event/event.h"

namespace picket {

// Records of one kind. Times are of the boot clock and exact: those of the first and the last that were lost.
struct Loss {
  std::uint64_t count = 0;
  std::uint64_t since = 0;
  std::uint64_t until = 0;
};

using Losses = std::array<Loss, kKindEnd>;

// From counters that only ever grow to what came since the last time. Used from one thread; allocates nothing after
// construction.
class LossReader {
 public:
  explicit LossReader(std::size_t cpus) : before_(cpus), now_(cpus) {}

  // Where the caller puts the counters of all CPUs before it calls next().
  std::vector<pk_counters>& counters() { return now_; }

  // `epoch`: the one that was in force while the counters were read; the caller raises it afterwards. A record that is
  // lost in between still has the times of the epoch that ends, so that its `since` may be too early, never too late.
  Losses next(std::uint64_t epoch);

 private:
  std::vector<pk_counters> before_, now_;
};

}  // namespace picket
