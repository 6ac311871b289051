// SPDX-License-Identifier: Apache-2.0
//
// One BPF ring buffer, read where it lies.
//
// The protocol is that of the kernel (kernel/bpf/ringbuf.c): positions count bytes since ever. A producer moves the
// producer position under a lock, with its record marked busy, and clears the mark when it submits. So records become
// visible in the order in which they were reserved, and one that is busy hides those behind it. Room is the kernel's
// again once the consumer position has passed it. libbpf's reader gives a record's room back before it looks at the
// next ring, which rules out choosing among rings; hence this one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace picket {

// A ring as it is mapped. Everything is shared with producers.
struct RingMemory {
  std::uint64_t* consumer = nullptr;        // written by the reader alone
  const std::uint64_t* producer = nullptr;  // written by producers
  const std::byte* data = nullptr;          // `bytes` long; what reaches the end goes on at the beginning
  std::uint64_t bytes = 0;                  // a power of two
};

// Used from one thread. Allocates nothing after construction, but room for the longest record that went past the end.
class Ring {
 public:
  explicit Ring(const RingMemory& memory);

  // Notes what was submitted since the last call. `now` is the boot clock, read before the call.
  void look(std::uint64_t now);

  // The records that were noted and not yet passed, oldest in the ring first.
  bool empty() const { return next_ == noted_.size(); }
  // Where the first of them belongs among the records of other rings: its time, or the time of one behind it that is
  // older. (A program can be interrupted between reserving its record and taking the time.)
  std::uint64_t front_time() const { return noted_[next_].time; }
  // Its used bytes, aligned to 8, in the ring: good until release(). May be anything; the decoder checks.
  std::span<const std::byte> front() const { return {noted_[next_].data, noted_[next_].size}; }
  void pass() { ++next_; }

  // Gives the room of what was passed back to the kernel.
  void release();

  // No record that was not noted yet is older than this.
  std::uint64_t horizon() const { return horizon_; }
  // Boot clock since when a record has been waited for that is still being written; 0 when none is.
  std::uint64_t busy_since() const { return busy_since_; }

 private:
  struct Noted {
    std::uint64_t time;
    const std::byte* data;
    std::uint64_t end;  // position behind it
    std::uint32_t size;
  };
  enum class Stop { AtEnd, Busy, Full };

  Stop note_until(std::uint64_t producer);
  void note(std::uint64_t begin, std::uint32_t room, std::uint64_t end);
  const std::byte* whole(std::uint64_t begin, std::uint32_t size);
  void smooth(std::size_t first_new);
  void judge(Stop stop, std::uint64_t now);

  RingMemory memory_;
  std::vector<Noted> noted_;
  std::vector<std::byte> joined_;  // the noted record that goes past the end of the ring
  std::size_t next_ = 0;           // the first of noted_ that was not passed
  std::uint64_t looked_ = 0;       // position up to which records were noted
  std::uint64_t released_ = 0;     // the consumer position
  std::uint64_t last_look_ = 0;    // when
  std::uint64_t last_known_ = 0;   // the producer position then
  std::uint64_t busy_at_ = 0;      // position of the record that is waited for
  std::uint64_t busy_since_ = 0;
  std::uint64_t horizon_ = 0;
};

}  // namespace picket
