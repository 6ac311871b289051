// SPDX-License-Identifier: Apache-2.0
//
// Hashes of files that were read before: bounded, and made once. A file is known by where it is, when its inode last
// changed and how large it is; whoever changes its content changes that time, which nobody can set.
//
// Eight-way set-associative: a key can lie in eight places, of which the one that was used least recently gives way.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "rules/event/file_hash.h"

namespace picket {

struct HashKey {
  std::uint64_t inode = 0;
  std::uint64_t ctime = 0;  // nanoseconds since 1970
  std::uint64_t size = 0;   // 0 throughout where it is not known
  std::uint64_t device = 0;

  bool operator==(const HashKey&) const = default;
};

// Not thread-safe. Allocates nothing once made.
class HashCache {
 public:
  // At least so many entries, rounded up to a power of two; about 80 bytes each.
  explicit HashCache(std::size_t entries);

  // Good until the next insert(); nullptr when it is not known.
  const Sha256* find(const HashKey& key);
  void insert(const HashKey& key, const Sha256& sha256);

 private:
  static constexpr std::size_t kWays = 8;
  struct Entry {
    HashKey key;
    Sha256 sha256{};
    std::uint64_t used = 0;  // when last, in uses of the cache; 0: free
  };
  using Set = std::array<Entry, kWays>;

  Set& set_of(const HashKey& key);

  std::vector<Set> sets_;
  std::uint64_t uses_ = 0;
};

}  // namespace picket
