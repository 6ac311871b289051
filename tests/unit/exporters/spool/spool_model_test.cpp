// SPDX-License-Identifier: Apache-2.0
//
// Property test: a spool through which random words go, against a model that is a list.
#include <random>
#include <set>

#include "tests/unit/exporters/spool/spool_case.h"

namespace picket {
namespace {

class SpoolModelTest : public SpoolCase {
 protected:
  void run(unsigned seed, std::uint64_t budget) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    options_.directory = root_ + "/seed-" + std::to_string(seed) + "-" + std::to_string(budget);
    options_.budget = budget;
    options_.segment_size = 3000;
    random_.seed(seed);
    records_.clear();
    on_the_way_.clear();
    put_ = last_ = delivered_ = 0;
    open();
    for (int step = 0; step < 400 && !HasFailure(); ++step) {
      const auto word = random_() % 100;
      if (word < 60)
        put_one();
      else if (word < 72)
        hand_out_one();
      else if (word < 80)
        deliver_one();
      else if (word < 90)
        EXPECT_TRUE(spool_->sync());
      else if (word < 93)
        rewind();
      else if (word < 95)
        crash_and_open();
      else
        spool_->tick(std::chrono::steady_clock::now() + std::chrono::seconds(step));
      check();
    }
    EXPECT_TRUE(spool_->sync());
    spool_->rewind();
    on_the_way_.clear();
    last_ = 0;
    while (!HasFailure() && hand_out_one()) deliver_one();
    EXPECT_TRUE(spool_->empty());
  }

 private:
  void put_one() {
    std::string payload = std::to_string(++put_) + " ";
    payload.resize(10 + random_() % 1500, 'x');
    const auto put = spool_->put(static_cast<Priority>(random_() % kSpoolPriorities), put_, payload);
    if (put == Spool::Put::Taken) {
      records_.insert(put_);
    } else {
      EXPECT_EQ(put, Spool::Put::Full);
    }
  }

  bool hand_out_one() {
    const auto record = spool_->next();
    if (!record) return false;
    const std::uint64_t number = std::stoull(std::string(record->payload));
    EXPECT_TRUE(records_.contains(number)) << number;
    EXPECT_GT(number, last_) << "out of order";
    last_ = number;
    on_the_way_.emplace_back(number, record->position);
    return true;
  }

  void deliver_one() {
    if (on_the_way_.empty()) return;
    const std::size_t which = random_() % on_the_way_.size();
    EXPECT_TRUE(spool_->delivered(on_the_way_[which].second));
    EXPECT_EQ(records_.erase(on_the_way_[which].first), 1U);
    on_the_way_.erase(on_the_way_.begin() + static_cast<std::ptrdiff_t>(which));
    ++delivered_;
  }

  void rewind() {
    spool_->rewind();
    on_the_way_.clear();
    last_ = 0;
  }

  // What is there afterwards is in order; everything that was counted as spooled and not delivered is among it.
  void crash_and_open() {
    const std::uint64_t kept = spool_->state().records;
    const bool evicted = spool_->state().evicted > 0;
    crash();
    open();
    EXPECT_EQ(spool_->recovery().lost_records, 0U);
    if (!evicted) {
      EXPECT_GE(spool_->recovery().records, kept);
    }
    std::set<std::uint64_t> found;
    last_ = 0;
    on_the_way_.clear();
    while (const auto record = spool_->next()) {
      const std::uint64_t number = std::stoull(std::string(record->payload));
      EXPECT_GT(number, last_);
      last_ = number;
      found.insert(number);
    }
    EXPECT_EQ(found.size(), spool_->recovery().records);
    records_ = found;
    delivered_ = 0;
    rewind();
  }

  // Nothing is unaccounted for.
  void check() {
    const SpoolState state = spool_->state();
    EXPECT_EQ(state.damaged, 0U);
    EXPECT_EQ(spool_->recovery().records + state.spooled, delivered_ + state.records + state.evicted);
    EXPECT_LE(state.bytes, options_.budget);
    EXPECT_LE(state.records, put_) << "counted below zero";
  }

  std::mt19937 random_;
  std::set<std::uint64_t> records_;  // put, and not delivered; with those that were evicted
  std::vector<std::pair<std::uint64_t, SpooledRecord::Position>> on_the_way_;
  std::uint64_t put_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t delivered_ = 0;
};

TEST_F(SpoolModelTest, WithRoom) {
  for (unsigned seed = 1; seed <= 60 && !HasFailure(); ++seed) run(seed, 10 << 20);
}

TEST_F(SpoolModelTest, WithLittleRoom) {
  for (unsigned seed = 1; seed <= 60 && !HasFailure(); ++seed) run(seed, 64 << 10);
}

}  // namespace
}  // namespace picket
