// SPDX-License-Identifier: Apache-2.0
//
// Many rings, one order: records come out by time, the oldest first.
//
// What can be handed out is decided by what cannot come any more. Hooks take the time after they have reserved, so that
// a ring that was seen empty at a moment has nothing older to bring; a record that is still being written may be as old
// as the last look at its ring. It is waited for, but not for ever: a task that was preempted in the middle of it can
// take long. What turns out to be late then is handed out all the same, and counted.
//
// This keeps cause before effect on whatever CPUs they ran. Two records of one ring stay in the ring's order, even when
// an interruption gave the first one the later time: they were made side by side.
#pragma once

#include <cstdint>
#include <vector>

#include "sensor/kernel/kernel.h"
#include "sensor/kernel/ring.h"

namespace picket {

// Used from one thread. Allocates nothing after construction.
class Merge {
 public:
  // `patience`: nanoseconds that a record which is being written may hold up the others.
  Merge(std::vector<Ring> rings, std::uint64_t patience);

  struct Round {
    std::size_t count = 0;    // records handed out
    std::uint64_t until = 0;  // everything older than this has been handed out, now or before
  };

  // Hands out what can be; `handled` is called for some at a time, before the kernel gets their room back. `now` is the
  // boot clock, read before the call.
  Round round(std::uint64_t now, const RecordHandler& handler, const BatchHandler& handled);

  // Records are there that had to be kept back.
  bool kept_back() const;

  // Records that came after younger ones had been handed out.
  std::uint64_t reordered() const { return reordered_; }

 private:
  std::uint64_t limit(std::uint64_t now) const;
  std::size_t hand_out(std::uint64_t limit, const RecordHandler& handler, const BatchHandler& handled);
  std::size_t hand_out(Ring& ring, std::uint64_t limit, const RecordHandler& handler);

  void settle(const BatchHandler& handled);

  std::vector<Ring> rings_;
  std::uint64_t patience_;
  std::uint64_t newest_ = 0;  // of what was handed out
  std::uint64_t reordered_ = 0;
};

}  // namespace picket
