// SPDX-License-Identifier: Apache-2.0
//
// Postings: which rules a key stands for. A table that is filled once, then asked.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace picket {

using RuleIndex = std::uint32_t;

// Spreads the bits of a key over all of a word (the last step of MurmurHash3).
constexpr std::uint64_t spread(std::uint64_t key) {
  key = (key ^ (key >> 33)) * 0xff51afd7ed558ccdull;
  key = (key ^ (key >> 33)) * 0xc4ceb9fe1a85ec53ull;
  return key ^ (key >> 33);
}

// The hash of a text is built up byte by byte (FNV-1a), so that those of its prefixes are met on the way.
inline constexpr std::uint64_t kEmptyHash = 0xcbf29ce484222325ull;
constexpr std::uint64_t hash_with(std::uint64_t hash, char byte) {
  return (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3ull;
}

class Postings {
 public:
  void add(std::uint64_t key, RuleIndex rule) { added_.emplace_back(key, rule); }

  // After the last add().
  void freeze() {
    std::sort(added_.begin(), added_.end());
    added_.erase(std::unique(added_.begin(), added_.end()), added_.end());
    slots_.assign(std::bit_ceil(added_.size() * 2 + 1), {});
    for (const auto& [key, rule] : added_) {
      Slot& slot = slots_[place_of(key)];
      if (slot.count++ == 0) slot = {key, static_cast<std::uint32_t>(rules_.size()), 1, 0};
      rules_.push_back(rule);
    }
    added_ = {};
  }

  bool empty() const { return rules_.empty(); }

  // The rules of a key. For each event, which has a number of its own other than 0, a key's rules are given out once:
  // else a text that repeats itself could make it dear to look at.
  std::span<const RuleIndex> take(std::uint64_t key, std::uint32_t event) {
    Slot& slot = slots_[place_of(key)];
    if (slot.count == 0 || slot.taken == event) return {};
    slot.taken = event;
    return {&rules_[slot.first], slot.count};
  }

  // The numbers begin again.
  void forget_events() {
    for (Slot& slot : slots_) slot.taken = 0;
  }

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t first = 0, count = 0;
    std::uint32_t taken = 0;  // by this event, last
  };

  // Where the key stands, or the free place where it would.
  std::size_t place_of(std::uint64_t key) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t place = spread(key) & mask;
    while (slots_[place].count != 0 && slots_[place].key != key) place = (place + 1) & mask;
    return place;
  }

  std::vector<std::pair<std::uint64_t, RuleIndex>> added_;
  std::vector<Slot> slots_;
  std::vector<RuleIndex> rules_;
};

}  // namespace picket
