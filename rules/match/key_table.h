// SPDX-License-Identifier: Apache-2.0
//
// KeyTable: states by key, of which there is a fixed number. When all are taken, the oldest gives way. Open addressing
// over a list in order of age; all memory is taken at the beginning.
//
// Not thread-safe. Slots keep their number while their key is there.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "rules/match/siphash.h"

namespace picket {

template <class State>
class KeyTable {
 public:
  using Slot = std::uint32_t;
  static constexpr Slot kNone = UINT32_MAX;

  explicit KeyTable(std::size_t capacity)
      : capacity_(capacity),
        mask_(std::bit_ceil(2 * capacity) - 1),
        entries_(std::make_unique_for_overwrite<Entry[]>(capacity)),
        index_(static_cast<Slot*>(std::calloc(mask_ + 1, sizeof(Slot)))) {
    if (!index_) std::abort();
  }

  std::size_t size() const { return size_; }
  State& operator[](Slot slot) { return entries_[slot].state; }

  Slot find(const Key128& key) const { return at(place_of(key)); }

  // The slot of a key that is not there: the youngest. When all are taken, `evict(slot)` is told which ends.
  template <class Evict>
  Slot add(const Key128& key, Evict evict) {
    if (size_ == capacity_) {
      evict(oldest_);
      erase(oldest_);
    }
    const Slot slot = free_ != kNone ? free_ : used_++;
    if (free_ == slot) free_ = entries_[slot].younger;
    entries_[slot].key = key;
    entries_[slot].state = State{};
    index_.get()[place_of(key)] = slot + 1;
    append(slot);
    ++size_;
    return slot;
  }

  // Makes it the youngest.
  void renew(Slot slot) {
    unlink(slot);
    append(slot);
  }

  void erase(Slot slot) {
    remove_from_index(place_of(entries_[slot].key));
    unlink(slot);
    entries_[slot].younger = free_;
    free_ = slot;
    --size_;
  }

  // From the oldest on; kNone behind the youngest. The slot's follower must be asked for before it is erased.
  Slot oldest() const { return oldest_; }
  Slot younger(Slot slot) const { return entries_[slot].younger; }

 private:
  struct Entry {
    Key128 key;
    State state;
    Slot older, younger;
  };
  struct Free {
    void operator()(Slot* memory) const { std::free(memory); }
  };

  Slot at(std::size_t place) const { return index_.get()[place] - 1; }  // kNone when it is free

  // Where the key is, or would be. Keys are hashes: any of their bits will do.
  std::size_t place_of(const Key128& key) const {
    std::size_t place = key.low & mask_;
    while (at(place) != kNone && entries_[at(place)].key != key) place = (place + 1) & mask_;
    return place;
  }

  // Moves those behind it forward that would no longer be found.
  void remove_from_index(std::size_t hole) {
    for (std::size_t next = (hole + 1) & mask_; at(next) != kNone; next = (next + 1) & mask_) {
      const std::size_t wanted = entries_[at(next)].key.low & mask_;
      if (((next - wanted) & mask_) < ((next - hole) & mask_)) continue;
      index_.get()[hole] = index_.get()[next];
      hole = next;
    }
    index_.get()[hole] = 0;
  }

  void append(Slot slot) {
    entries_[slot].older = youngest_;
    entries_[slot].younger = kNone;
    (youngest_ == kNone ? oldest_ : entries_[youngest_].younger) = slot;
    youngest_ = slot;
  }

  void unlink(Slot slot) {
    const Entry& entry = entries_[slot];
    (entry.older == kNone ? oldest_ : entries_[entry.older].younger) = entry.younger;
    (entry.younger == kNone ? youngest_ : entries_[entry.younger].older) = entry.older;
  }

  std::size_t capacity_, mask_;
  std::unique_ptr<Entry[]> entries_;
  std::unique_ptr<Slot, Free> index_;  // slot + 1; 0: free
  std::size_t size_ = 0;
  Slot used_ = 0;  // slots that were ever taken
  Slot free_ = kNone, oldest_ = kNone, youngest_ = kNone;
};

}  // namespace picket
