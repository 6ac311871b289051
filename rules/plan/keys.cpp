// SPDX-License-Identifier: Apache-2.0
//
// A key that finds its places taken sends one that is there to another of its own places, and so on: as if looking for
// a matching of keys and places, a bounded number of steps deep.
#include "rules/plan/keys.h"

#include <algorithm>

namespace picket::planning {
namespace {

constexpr std::int32_t kFree = -1;
constexpr int kMostMoves = 7;

constexpr std::uint32_t place_of(std::uint64_t tag, unsigned probe) {
  return static_cast<std::uint32_t>((tag >> 40) + probe) & (PK_KEYS - 1);
}

class Places {
 public:
  explicit Places(const std::vector<std::uint64_t>& tags) : tags_(tags), owners_(PK_KEYS, kFree) {}

  bool put(std::int32_t key, int moves) {
    const std::uint64_t tag = tags_[static_cast<std::size_t>(key)];
    for (unsigned probe = 0; probe < PK_KEY_PROBES; ++probe) {
      std::int32_t& owner = owners_[place_of(tag, probe)];
      if (owner == kFree) {
        owner = key;
        return true;
      }
    }
    // The farther from its own place, the more room there is for who has to go.
    for (unsigned probe = PK_KEY_PROBES; moves > 0 && probe-- > 0;) {
      std::int32_t& owner = owners_[place_of(tag, probe)];
      const std::int32_t other = owner;
      owner = key;
      if (other != key && put(other, moves - 1)) return true;
      owner = other;
    }
    return false;
  }

  std::int32_t owner(std::uint32_t place) const { return owners_[place]; }

 private:
  const std::vector<std::uint64_t>& tags_;
  std::vector<std::int32_t> owners_;
};

}  // namespace

bool KeyTable::write(pk_image& image) const {
  if (entries_.size() > PK_KEYS) return false;
  std::vector<std::uint64_t> tags;
  for (const Entry& entry : entries_) tags.push_back(entry.tag);
  Places places(tags);
  for (std::size_t key = 0; key < tags.size(); ++key) {
    if (!places.put(static_cast<std::int32_t>(key), kMostMoves)) return false;
  }
  for (std::uint32_t place = 0; place < PK_KEYS; ++place) {
    pk_key_entry& into = image.keys[place];
    into = {};
    if (places.owner(place) == kFree) continue;
    const Entry& entry = entries_[static_cast<std::size_t>(places.owner(place))];
    into.tag = entry.tag;
    std::copy(entry.rows.begin(), entry.rows.end(), into.rows);
  }
  std::sort(tags.begin(), tags.end());
  return std::adjacent_find(tags.begin(), tags.end()) == tags.end();
}

}  // namespace picket::planning
