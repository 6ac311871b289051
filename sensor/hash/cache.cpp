// SPDX-License-Identifier: Apache-2.0
#include "sensor/hash/cache.h"

#include <algorithm>
#include <bit>

namespace picket {

HashCache::HashCache(std::size_t entries) : sets_(std::bit_ceil(std::max<std::size_t>(entries, kWays)) / kWays) {}

HashCache::Set& HashCache::set_of(const HashKey& key) {
  std::uint64_t mixed = 0;
  for (const std::uint64_t part : {key.inode, key.ctime, key.size, key.device}) {
    mixed = std::rotl((mixed ^ part) * 0x9e3779b97f4a7c15u, 29);
  }
  return sets_[(mixed ^ mixed >> 32) & (sets_.size() - 1)];
}

const Sha256* HashCache::find(const HashKey& key) {
  for (Entry& entry : set_of(key)) {
    if (entry.used == 0 || entry.key != key) continue;
    entry.used = ++uses_;
    return &entry.sha256;
  }
  return nullptr;
}

void HashCache::insert(const HashKey& key, const Sha256& sha256) {
  Set& set = set_of(key);
  Entry* place = &set.front();
  for (Entry& entry : set) {
    if (entry.used != 0 && entry.key == key) {
      place = &entry;
      break;
    }
    if (entry.used < place->used) place = &entry;
  }
  *place = {key, sha256, ++uses_};
}

}  // namespace picket
