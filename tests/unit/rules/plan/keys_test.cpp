// SPDX-License-Identifier: Apache-2.0
//
// Keys find their places, and are found there, up to nearly as many as there are places. And the hashes of names, in
// pieces as the kernel takes them.
#include "rules/plan/keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "rules/plan/hash.h"

namespace picket::planning {
namespace {

TEST(Keys, AllAreFound) {
  for (const std::size_t count : {0u, 1u, 1000u, 29'000u}) {
    std::mt19937_64 random(count);
    std::vector<std::uint64_t> tags;
    KeyTable table;
    for (std::size_t i = 0; i < count; ++i) {
      tags.push_back(random() | 1);
      table.add(tags.back(), {static_cast<std::uint32_t>(i), 1, 2});
    }
    const auto image = std::make_unique<pk_image>();
    ASSERT_TRUE(table.write(*image)) << count;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t found = pk_find(image.get(), tags[i]);
      ASSERT_LT(found, PK_KEYS);
      ASSERT_EQ(pk_row(image.get(), found, PK_EXACT), i);
    }
    EXPECT_EQ(pk_find(image.get(), random() | 1), PK_KEYS);
  }
}

TEST(Keys, TooManyAreRefused) {
  std::mt19937_64 random(1);
  KeyTable table;
  for (std::size_t i = 0; i <= PK_KEYS; ++i) table.add(random() | 1, {1, 1, 1});
  const auto image = std::make_unique<pk_image>();
  EXPECT_FALSE(table.write(*image));
}

TEST(Keys, TheSameKeyTwiceIsRefused) {
  KeyTable table;
  table.add(7, {1, 1, 1});
  table.add(7, {2, 2, 2});
  const auto image = std::make_unique<pk_image>();
  EXPECT_FALSE(table.write(*image));
}

// Names that differ in one byte or in length alone, at the edges of words and pieces.
TEST(Keys, NamesHaveHashesOfTheirOwn) {
  std::vector<std::uint64_t> hashes;
  for (const std::size_t size : {1u, 7u, 8u, 9u, 15u, 16u, 17u, 23u, 24u, 25u, 31u, 32u, 33u, 63u, 64u, 65u, 255u}) {
    std::string name(size, 'a');
    hashes.push_back(name_hash(5, name));
    name.back() = 'b';
    hashes.push_back(name_hash(5, name));
  }
  hashes.push_back(name_hash(7'000'000'000, "a"));
  std::sort(hashes.begin(), hashes.end());
  EXPECT_EQ(std::adjacent_find(hashes.begin(), hashes.end()), hashes.end());
}

TEST(Keys, DirectoriesAreMadeFromTheTop) {
  EXPECT_EQ(directory_hash(5, "/"), 0u);
  const std::uint64_t usr = pk_hash_below(0, name_hash(5, "usr"));
  EXPECT_EQ(directory_hash(5, "/usr"), usr);
  EXPECT_EQ(directory_hash(5, "/usr/bin"), pk_hash_below(usr, name_hash(5, "bin")));
  EXPECT_NE(directory_hash(5, "/usr/bin"), directory_hash(5, "/bin/usr"));
}

}  // namespace
}  // namespace picket::planning
