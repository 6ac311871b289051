// SPDX-License-Identifier: Apache-2.0
//
// The budget holds; the oldest of the lowest priority goes first, counted and announced.
#include "tests/unit/exporters/spool/spool_case.h"

namespace picket {
namespace {

class SpoolBudgetTest : public SpoolCase {
 protected:
  SpoolBudgetTest() {
    options_.budget = 64 << 10;
    options_.segment_size = 4 << 10;
  }
  static std::string record(int number) {
    std::string text = std::to_string(number);
    text.resize(200, ' ');
    return text;
  }
  std::uint64_t on_disk() const {
    std::uint64_t bytes = 0;
    for (const auto& path : segments()) bytes += std::filesystem::file_size(path);
    return bytes;
  }
};

TEST_F(SpoolBudgetTest, TheOldestGoFirst) {
  open();
  for (int i = 0; i < 2000; ++i) {
    put(record(i));
    ASSERT_LE(spool_->state().evicted, spool_->state().spooled) << "what was never on the disk cannot be evicted";
  }
  ASSERT_TRUE(spool_->sync());
  EXPECT_LE(on_disk(), options_.budget);
  EXPECT_EQ(on_disk(), spool_->state().bytes);

  std::uint64_t announced = 0;
  std::uint64_t last = 0;
  for (const auto& eviction : spool_->take_evictions()) {
    EXPECT_EQ(eviction.priority, Priority::Notice);
    EXPECT_EQ(eviction.first_time_ns, last + 1) << "one after the other, without a hole";
    last = eviction.last_time_ns;
    announced += eviction.records;
  }
  EXPECT_TRUE(spool_->take_evictions().empty());
  EXPECT_EQ(announced, spool_->state().evicted);
  EXPECT_EQ(spool_->state().spooled, 2000U);

  const auto left = drain();
  EXPECT_EQ(left.size() + announced, 2000U);
  EXPECT_GT(left.size(), 200U) << "not more than a segment too much";
  for (std::size_t i = 0; i < left.size(); ++i) EXPECT_EQ(left[i], record(static_cast<int>(announced + i)));
}

TEST_F(SpoolBudgetTest, TheLowestPriorityGoesFirst) {
  open();
  for (int i = 0; i < 100; ++i) put(record(i), Priority::Critical);
  for (int i = 100; i < 200; ++i) put(record(i), Priority::Notice);
  for (int i = 200; i < 320; ++i) put(record(i), Priority::Warning);  // a hundred of Notice give way
  ASSERT_TRUE(spool_->sync());
  for (const auto& eviction : spool_->take_evictions()) EXPECT_EQ(eviction.priority, Priority::Notice);
  const auto left = drain();
  int critical = 0;
  int warning = 0;
  for (const auto& each : left) {
    critical += std::stoi(each) < 100;
    warning += std::stoi(each) >= 200;
  }
  EXPECT_EQ(critical, 100);
  EXPECT_EQ(warning, 120);
}

TEST_F(SpoolBudgetTest, TheLowestOfAllIsNotTaken) {
  open();
  while (spool_->state().evicted == 0) put(record(1), Priority::Critical);
  const auto before = spool_->state();
  EXPECT_EQ(spool_->put(Priority::Notice, 1, std::string(8 << 10, 'x')), Spool::Put::Full);
  EXPECT_EQ(spool_->state().evicted, before.evicted) << "nothing of a higher priority gave way";
}

TEST_F(SpoolBudgetTest, WhatIsDeliveredGivesWayBeforeAnything) {
  open();
  int sent = 0;
  for (int i = 0; i < 3000; ++i) {
    put(record(i), static_cast<Priority>(i % 4));
    if (i % 50 == 49) {
      ASSERT_TRUE(spool_->sync());
      sent += static_cast<int>(drain().size());
    }
  }
  EXPECT_EQ(sent, 3000);
  EXPECT_EQ(spool_->state().evicted, 0U);
  EXPECT_LE(on_disk(), options_.budget);
}

TEST_F(SpoolBudgetTest, WhatIsOnItsWayIsLeftToItsFate) {
  open();
  for (int i = 0; i < 100; ++i) put(record(i));
  ASSERT_TRUE(spool_->sync());
  std::vector<SpooledRecord::Position> on_the_way;
  for (int i = 0; i < 100; ++i) on_the_way.push_back(spool_->next()->position);
  for (int i = 100; i < 2000; ++i) put(record(i));
  ASSERT_TRUE(spool_->sync());
  const std::uint64_t evicted = spool_->state().evicted;

  for (int i = 0; i < 50; ++i) EXPECT_TRUE(spool_->delivered(on_the_way[static_cast<std::size_t>(i)]));
  EXPECT_EQ(spool_->rewind(), 50U) << "they did not arrive, and their file is gone";
  EXPECT_EQ(spool_->state().evicted, evicted + 50);
  EXPECT_EQ(spool_->state().records, 2000 - 50 - spool_->state().evicted);
  EXPECT_EQ(drain().size() + spool_->state().evicted, 2000U - 50U);
  EXPECT_TRUE(spool_->empty());
}

TEST_F(SpoolBudgetTest, EvictionOutlivesTheRun) {
  open();
  for (int i = 0; i < 1000; ++i) put(record(i));
  ASSERT_TRUE(spool_->sync());
  const auto state = spool_->state();
  crash();
  open();
  EXPECT_EQ(spool_->recovery().records, state.records);
  EXPECT_EQ(spool_->recovery().lost_records, 0U) << "given up is not lost: it was counted";
}

}  // namespace
}  // namespace picket
