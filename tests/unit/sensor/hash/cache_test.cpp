// SPDX-License-Identifier: Apache-2.0
#include "sensor/hash/cache.h"

#include <gtest/gtest.h>

#include "tests/support/allocations.h"

namespace picket {
namespace {

Sha256 hash_of(std::uint64_t number) {
  Sha256 hash{};
  for (std::size_t i = 0; i < 8; ++i) hash[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return hash;
}

HashKey key_of(std::uint64_t number) { return {number, 5, 7, 9}; }

TEST(HashCache, EveryPartOfTheKeyCounts) {
  HashCache cache(64);
  cache.insert({1, 2, 3, 4}, hash_of(1));
  ASSERT_NE(nullptr, cache.find({1, 2, 3, 4}));
  EXPECT_EQ(hash_of(1), *cache.find({1, 2, 3, 4}));
  for (const HashKey& other : {HashKey{2, 2, 3, 4}, {1, 3, 3, 4}, {1, 2, 4, 4}, {1, 2, 3, 5}, {2, 1, 3, 4}}) {
    EXPECT_EQ(nullptr, cache.find(other));
  }
}

TEST(HashCache, ALaterHashTakesThePlaceOfAnEarlier) {
  HashCache cache(8);
  for (std::uint64_t i = 0; i < 8; ++i) cache.insert(key_of(i), hash_of(i));
  cache.insert(key_of(3), hash_of(33));
  EXPECT_EQ(hash_of(33), *cache.find(key_of(3)));
  for (std::uint64_t i = 0; i < 8; ++i) EXPECT_NE(nullptr, cache.find(key_of(i))) << i;
}

TEST(HashCache, TheLeastRecentlyUsedGivesWay) {
  HashCache cache(8);  // one set
  for (std::uint64_t i = 0; i < 8; ++i) cache.insert(key_of(i), hash_of(i));
  cache.find(key_of(0));
  cache.insert(key_of(100), hash_of(100));
  EXPECT_NE(nullptr, cache.find(key_of(0)));
  EXPECT_EQ(nullptr, cache.find(key_of(1)));
  EXPECT_NE(nullptr, cache.find(key_of(100)));
}

TEST(HashCache, ItIsBoundedAndAllocatesNothing) {
  HashCache cache(256);
  const std::size_t before = test::allocations;
  for (std::uint64_t i = 0; i < 10'000; ++i) cache.insert(key_of(i), hash_of(i));
  std::size_t kept = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const Sha256* found = cache.find(key_of(i));
    if (found == nullptr) continue;
    EXPECT_EQ(hash_of(i), *found);
    ++kept;
  }
  EXPECT_EQ(before, test::allocations);
  EXPECT_LE(kept, 256u);
  EXPECT_GT(kept, 200u);  // keys spread over the sets
}

}  // namespace
}  // namespace picket
