// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/holding.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace picket {
namespace {

std::span<const std::byte> bytes(const std::string& text) { return std::as_bytes(std::span(text.data(), text.size())); }
std::string text(std::span<const std::byte> record) {
  return {reinterpret_cast<const char*>(record.data()), record.size()};
}

TEST(Holding, OldestFirstByKeyAndReason) {
  Holding holding;
  EXPECT_TRUE(holding.hold(Wait::Result, 7, bytes("a"), 100));
  EXPECT_TRUE(holding.hold(Wait::Result, 8, bytes("b"), 101));
  EXPECT_TRUE(holding.hold(Wait::Container, 7, bytes("c"), 102));
  EXPECT_TRUE(holding.hold(Wait::Result, 7, bytes("d"), 103));
  EXPECT_EQ(text(holding.take(Wait::Result, 7)), "a");
  EXPECT_EQ(text(holding.take(Wait::Result, 7)), "d");
  EXPECT_EQ(text(holding.take(Wait::Result, 7)), "");
  EXPECT_EQ(text(holding.take(Wait::Container, 7)), "c");
  EXPECT_EQ(text(holding.take(Wait::Result, 8)), "b");
  EXPECT_TRUE(holding.empty());
}

TEST(Holding, Deadlines) {
  Holding holding;
  holding.hold(Wait::Result, 1, bytes("a"), 100);
  holding.hold(Wait::Result, 2, bytes("b"), 110);
  holding.hold(Wait::Container, 1, bytes("c"), 50);
  EXPECT_EQ(text(holding.take_overdue(Wait::Result, 99)), "");
  EXPECT_EQ(text(holding.take_overdue(Wait::Result, 105)), "a");
  EXPECT_EQ(text(holding.take_overdue(Wait::Result, 105)), "");
  EXPECT_EQ(text(holding.take(Wait::Result, 1)), "");
  EXPECT_EQ(holding.counters(Wait::Result).held, 2u);
  EXPECT_EQ(holding.counters(Wait::Result).overdue, 1u);
  EXPECT_EQ(holding.counters(Wait::Container).overdue, 0u);
}

TEST(Holding, IsBounded) {
  Holding holding(2, 100);
  EXPECT_TRUE(holding.hold(Wait::Result, 1, bytes("a"), 1));
  EXPECT_FALSE(holding.hold(Wait::Result, 1, bytes(std::string(100, 'x')), 1));
  EXPECT_TRUE(holding.hold(Wait::Result, 1, bytes("b"), 1));
  EXPECT_FALSE(holding.hold(Wait::Result, 1, bytes("c"), 1));
  EXPECT_EQ(holding.counters(Wait::Result).refused, 2u);
}

// An event that has its result may still wait for its container.
TEST(Holding, WhatWasTakenCanBeHeldAgain) {
  Holding holding;
  holding.hold(Wait::Result, 1, bytes("first"), 1);
  const auto record = holding.take(Wait::Result, 1);
  EXPECT_TRUE(holding.hold(Wait::Container, 2, record, 1));
  EXPECT_EQ(text(record), "first");
  EXPECT_EQ(text(holding.take(Wait::Container, 2)), "first");
}

TEST(Holding, AgainstAModel) {
  std::mt19937 random(7);
  Holding holding(64, 1 << 20);
  std::vector<std::tuple<Wait, std::uint64_t, std::string, std::uint64_t>> model;
  for (std::uint64_t now = 1; now < 50'000; ++now) {
    const Wait wait = random() % 2 ? Wait::Result : Wait::Container;
    const std::uint64_t key = random() % 10;
    const auto is = [&](const auto& row) { return std::get<0>(row) == wait && std::get<1>(row) == key; };
    const auto is_due = [&](const auto& row) { return std::get<0>(row) == wait && std::get<3>(row) <= now; };
    std::string expected, got;
    auto found = model.end();
    switch (random() % 4) {
      case 0:
        found = std::find_if(model.begin(), model.end(), is);
        got = text(holding.take(wait, key));
        break;
      case 1:
        found = std::find_if(model.begin(), model.end(), is_due);
        got = text(holding.take_overdue(wait, now));
        break;
      default:
        const std::string record = std::to_string(now) + std::string(random() % 3000, '.');
        if (holding.hold(wait, key, bytes(record), now + 40)) model.emplace_back(wait, key, record, now + 40);
        continue;
    }
    if (found != model.end()) {
      expected = std::get<2>(*found);
      model.erase(found);
    }
    ASSERT_EQ(got, expected);
    ASSERT_EQ(holding.empty(), model.empty());
  }
}

}  // namespace
}  // namespace picket
