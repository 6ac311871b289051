// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/ring.h"

#include <linux/bpf.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "bpf/shared/wire.h"

namespace picket {
namespace {

// Records that are looked at ahead of being passed. More wait in the ring.
constexpr std::size_t kMostNoted = 512;

template <class Number>
Number load_acquire(const Number* from) {
  return std::atomic_ref(const_cast<Number&>(*from)).load(std::memory_order_acquire);
}

// A record's header in the ring: its length with two bits of state, and what only the kernel needs.
std::uint64_t step_of(std::uint32_t length) {
  constexpr std::uint64_t kAlignment = 8;
  return (std::uint64_t{length} + BPF_RINGBUF_HDR_SZ + kAlignment - 1) / kAlignment * kAlignment;
}

std::uint32_t without_state(std::uint32_t word) { return word & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT); }

}  // namespace

Ring::Ring(const RingMemory& memory) : memory_(memory) {
  noted_.reserve(kMostNoted);
  looked_ = released_ = last_known_ = load_acquire(memory_.consumer);
}

void Ring::look(std::uint64_t now) {
  noted_.erase(noted_.begin(), noted_.begin() + static_cast<std::ptrdiff_t>(next_));
  next_ = 0;
  const std::size_t first_new = noted_.size();
  const std::uint64_t producer = load_acquire(memory_.producer);
  const Stop stop = note_until(producer);
  smooth(first_new);
  judge(stop, now);
  last_look_ = now;
  last_known_ = producer;
}

Ring::Stop Ring::note_until(std::uint64_t producer) {
  while (looked_ < producer) {
    if (noted_.size() == kMostNoted) return Stop::Full;
    const std::byte* header = memory_.data + (looked_ & (memory_.bytes - 1));
    const std::uint32_t word = load_acquire(reinterpret_cast<const std::uint32_t*>(header));
    if (word & BPF_RINGBUF_BUSY_BIT) return Stop::Busy;
    const std::uint64_t begin = looked_ + BPF_RINGBUF_HDR_SZ;
    looked_ += step_of(without_state(word));
    if (!(word & BPF_RINGBUF_DISCARD_BIT)) note(begin, without_state(word), looked_);
  }
  return Stop::AtEnd;
}

// A record uses as much of the room that was reserved for it as its own header says.
void Ring::note(std::uint64_t begin, std::uint32_t room, std::uint64_t end) {
  const std::byte* const data = whole(begin, room);
  Noted noted{.time = 0, .data = data, .end = end, .size = room};
  if (room >= sizeof(pk_header)) {
    std::uint32_t used = 0;
    std::memcpy(&used, data + offsetof(pk_header, size), sizeof used);
    std::memcpy(&noted.time, data + offsetof(pk_header, time), sizeof noted.time);
    noted.size = std::min(used, room);
  }
  noted_.push_back(noted);
}

// The ring could be mapped twice in a row, as is usual, so that no record is ever in two pieces. That would be twice
// the resident memory, to save a copy each time round. Of the records that are noted only one can be in two pieces,
// since none of them has been passed by the producer.
const std::byte* Ring::whole(std::uint64_t begin, std::uint32_t size) {
  const std::uint64_t at = begin & (memory_.bytes - 1), first = memory_.bytes - at;
  if (size <= first) return memory_.data + at;
  joined_.assign(memory_.data + at, memory_.data + memory_.bytes);
  joined_.insert(joined_.end(), memory_.data, memory_.data + std::min(size - first, memory_.bytes));
  return joined_.data();
}

// No record may have an older one behind it.
void Ring::smooth(std::size_t first_new) {
  for (std::size_t i = noted_.size(); i-- > 1;) {
    const bool older_behind = noted_[i].time < noted_[i - 1].time;
    if (older_behind) noted_[i - 1].time = noted_[i].time;
    if (!older_behind && i <= first_new) return;
  }
}

// What is not in the ring when it is looked at will be reserved, and its time taken, later than that. What was reserved
// and is not submitted had not been reserved when the ring was looked at before, unless it was there already.
void Ring::judge(Stop stop, std::uint64_t now) {
  if (stop == Stop::AtEnd) {
    horizon_ = now;
  } else if (looked_ >= last_known_) {
    horizon_ = last_look_;
  }
  if (stop == Stop::Full) horizon_ = std::max(horizon_, noted_.back().time);
  if (stop != Stop::Busy) {
    busy_since_ = 0;
  } else if (busy_since_ == 0 || busy_at_ != looked_) {
    busy_at_ = looked_;
    busy_since_ = now;
  }
}

void Ring::release() {
  const std::uint64_t passed = empty() ? looked_ : next_ > 0 ? noted_[next_ - 1].end : released_;
  if (passed == released_) return;
  released_ = passed;
  std::atomic_ref(*memory_.consumer).store(passed, std::memory_order_release);
}

}  // namespace picket
