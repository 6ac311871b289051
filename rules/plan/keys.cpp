// SPDX-License-Identifier: Apache-2.0
//
// A key that finds its places taken sends one that is there to another of its own places, and so on, by the shortest
// way to a free place.
#include "rules/plan/keys.h"

#include <algorithm>

namespace picket::planning {
namespace {

constexpr std::int32_t kFree = -1;
constexpr std::int32_t kBegin = -1;            // where a way begins
constexpr std::size_t kMostPlaces = 1u << 12;  // that are looked at for one key

class Places {
 public:
  explicit Places(const std::vector<std::uint64_t>& tags)
      : tags_(tags), owners_(PK_KEYS, kFree), from_(PK_KEYS), seen_(PK_KEYS) {}

  bool put(std::int32_t key) {
    ++now_;
    ways_.clear();
    look(key, kBegin);
    for (std::size_t next = 0; next < ways_.size() && next < kMostPlaces; ++next) {
      const std::int32_t place = ways_[next];
      if (owner(place) == kFree) return move_along(place, key);
      look(owner(place), place);
    }
    return false;
  }

  std::int32_t owner(std::int32_t place) const { return owners_[static_cast<std::size_t>(place)]; }

 private:
  // The places of a key that is at `from` now.
  void look(std::int32_t key, std::int32_t from) {
    for (unsigned probe = 0; probe < PK_KEY_PROBES; ++probe) {
      const auto place = static_cast<std::uint32_t>(pk_place(tags_[static_cast<std::size_t>(key)], probe));
      if (seen_[place] == now_) continue;
      seen_[place] = now_;
      from_[place] = from;
      ways_.push_back(static_cast<std::int32_t>(place));
    }
  }

  // Everybody on the way goes one step; the key takes the first place.
  bool move_along(std::int32_t place, std::int32_t key) {
    for (; from_[static_cast<std::size_t>(place)] != kBegin; place = from_[static_cast<std::size_t>(place)]) {
      owners_[static_cast<std::size_t>(place)] = owner(from_[static_cast<std::size_t>(place)]);
    }
    owners_[static_cast<std::size_t>(place)] = key;
    return true;
  }

  const std::vector<std::uint64_t>& tags_;
  std::vector<std::int32_t> owners_, from_;  // by place: who is there; where the one comes from who would go there
  std::vector<std::uint32_t> seen_;          // by place: when it was last looked at
  std::uint32_t now_ = 0;
  std::vector<std::int32_t> ways_;
};

}  // namespace

bool KeyTable::write(pk_image& image) const {
  if (entries_.size() > PK_KEYS) return false;
  std::vector<std::uint64_t> tags;
  for (const Entry& entry : entries_) tags.push_back(entry.tag);
  Places places(tags);
  for (std::size_t key = 0; key < tags.size(); ++key) {
    if (!places.put(static_cast<std::int32_t>(key))) return false;
  }
  for (std::int32_t place = 0; place < static_cast<std::int32_t>(PK_KEYS); ++place) {
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
