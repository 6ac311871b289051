// SPDX-License-Identifier: Apache-2.0
//
// Events that wait for something before rules look at them: how their call ends, or what their container is. They are
// copied out of the ring and kept, for a bounded time and in bounded memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace picket {

// What is waited for, and what the key is.
enum class Wait {
  Result,     // thread id
  Container,  // cgroup id
};
inline constexpr std::size_t kWaits = 2;

struct HoldingCounters {
  std::uint64_t held = 0;
  std::uint64_t overdue = 0;  // given out without what they waited for
  std::uint64_t refused = 0;  // never held, as there was no room
};

// Used from one thread. Allocates when a record is larger than any that its place has held; not per event otherwise.
class Holding {
 public:
  // At most so many records and bytes are held at a time.
  explicit Holding(std::size_t most_records = 4096, std::size_t most_bytes = 8u << 20);

  // Keeps a copy until `deadline` (boot clock). False when there is no room: the caller goes on without waiting.
  // Deadlines of one kind of wait are expected to grow from call to call.
  bool hold(Wait wait, std::uint64_t key, std::span<const std::byte> record, std::uint64_t deadline);

  // Takes out the oldest record that waits for this; empty when there is none. The bytes are good until the next call
  // of either take(), and may be held again.
  std::span<const std::byte> take(Wait wait, std::uint64_t key);

  // Takes out one whose deadline has come, the oldest first.
  std::span<const std::byte> take_overdue(Wait wait, std::uint64_t now);

  bool empty() const { return used_ == 0; }
  const HoldingCounters& counters(Wait wait) const { return counters_[static_cast<std::size_t>(wait)]; }

 private:
  using Index = std::uint32_t;
  static constexpr Index kNone = UINT32_MAX;

  struct Place {
    Wait wait = Wait::Result;
    std::uint64_t key = 0;
    std::uint64_t deadline = 0;
    std::size_t size = 0;
    std::vector<std::uint64_t> words;    // records are aligned to 8 bytes
    Index newer = kNone, older = kNone;  // of the same wait
    Index next = kNone;                  // in the bucket, newer; or free
  };
  struct Age {
    Index oldest = kNone, newest = kNone;
  };
  struct Bucket {
    Index oldest = kNone, newest = kNone;
  };

  Bucket& bucket(Wait wait, std::uint64_t key);
  Index new_place(std::size_t size);
  void link(Index index);
  void unlink(Index index);
  std::span<const std::byte> take(Index index);

  std::vector<Place> places_;
  std::vector<Bucket> buckets_;
  std::array<Age, kWaits> ages_;
  std::array<HoldingCounters, kWaits> counters_;
  Index free_ = kNone;
  Index taken_ = kNone;  // taken last: not free before the next one is
  std::size_t used_ = 0;
  std::size_t bytes_ = 0;
  std::size_t most_bytes_;
};

}  // namespace picket
