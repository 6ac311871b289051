// SPDX-License-Identifier: Apache-2.0
//
// Rings read where they lie, and many of them as one.
#include "sensor/kernel/merge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <thread>

#include "tests/support/fake_ring.h"

namespace picket {
namespace {

using test::FakeRing;

constexpr std::uint64_t kPatience = 100;

class MergeTest : public testing::Test {
 protected:
  Merge merge(std::size_t rings, std::size_t bytes = 4096) {
    std::vector<Ring> readers;
    for (std::size_t i = 0; i < rings; ++i) readers.emplace_back(rings_.emplace_back(bytes).memory());
    return Merge(std::move(readers), kPatience);
  }

  // The numbers of what one round handed out.
  std::vector<std::uint64_t> round(Merge& merge, std::uint64_t now) {
    std::vector<std::uint64_t> numbers;
    const auto take = [&](std::span<const std::byte> record) {
      pk_header header;
      std::memcpy(&header, record.data(), sizeof header);
      numbers.push_back(header.sequence);
      last_size_ = record.size();
    };
    const Merge::Round done = merge.round(now, take, [] {});
    EXPECT_EQ(done.count, numbers.size());
    until_ = done.until;
    return numbers;
  }

  using Numbers = std::vector<std::uint64_t>;
  std::deque<FakeRing> rings_;
  std::uint64_t until_ = 0;
  std::size_t last_size_ = 0;
};

TEST_F(MergeTest, NothingThere) {
  Merge merge = this->merge(3);
  EXPECT_EQ(round(merge, 10), Numbers{});
  EXPECT_EQ(until_, 10u);
  EXPECT_FALSE(merge.kept_back());
}

TEST_F(MergeTest, ByTimeOverAllRings) {
  Merge merge = this->merge(3);
  rings_[0].put(1, 1);
  rings_[0].put(6, 6);
  rings_[1].put(2, 2);
  rings_[1].put(3, 3);
  rings_[2].put(4, 4);
  rings_[2].put(5, 5);
  EXPECT_EQ(round(merge, 10), (Numbers{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(rings_[1].consumed(), 2 * (sizeof(pk_header) + BPF_RINGBUF_HDR_SZ));
  EXPECT_EQ(merge.reordered(), 0u);
}

// A record that reaches the end of its ring goes on at the beginning.
TEST_F(MergeTest, RecordsInTwoPieces) {
  Merge merge = this->merge(1, 4096);
  constexpr std::uint32_t kSize = 520;  // 528 with the ring's own header: the eighth one is across the end
  std::vector<std::byte> record(kSize);
  for (std::uint64_t number = 1; number <= 100; ++number) {
    for (std::size_t i = sizeof(pk_header); i < kSize; ++i) record[i] = static_cast<std::byte>(number + i);
    FakeRing::fill(record.data(), number, number, kSize);
    std::byte* place = rings_[0].reserve(kSize);
    ASSERT_NE(place, nullptr);
    std::memcpy(place, record.data(), kSize);
    FakeRing::submit(place);
    const bool after_two = number % 2 == 0;
    if (!after_two) continue;
    std::vector<std::byte> last;
    const auto keep = [&last](std::span<const std::byte> whole) { last.assign(whole.begin(), whole.end()); };
    merge.round(number + 1, keep, [] {});
    EXPECT_TRUE(last == record) << number;
  }
}

// Whoever is killed before it has dealt with a batch finds it in the rings again.
TEST_F(MergeTest, RoomIsGivenBackWhenABatchIsDealtWith) {
  Merge merge = this->merge(2, 16384);
  constexpr std::uint64_t kRecords = 300;
  for (std::uint64_t number = 1; number <= kRecords; ++number) rings_[number % 2].put(number, number);
  std::uint64_t taken = 0, dealt_with = 0;
  const auto consumed = [this] {
    return (rings_[0].consumed() + rings_[1].consumed()) / (sizeof(pk_header) + BPF_RINGBUF_HDR_SZ);
  };
  const auto take = [&](std::span<const std::byte>) {
    ++taken;
    EXPECT_EQ(consumed(), dealt_with);
  };
  const auto handled = [&] {
    EXPECT_EQ(consumed(), dealt_with);
    dealt_with = taken;
  };
  merge.round(kRecords + 1, take, handled);
  EXPECT_EQ(taken, kRecords);
  EXPECT_EQ(dealt_with, kRecords);
  EXPECT_EQ(consumed(), kRecords);
}

// Its ring was empty when the clock was read, others may still get something older.
TEST_F(MergeTest, WhatIsYoungerThanTheLookWaits) {
  Merge merge = this->merge(2);
  rings_[0].put(11, 2);
  EXPECT_EQ(round(merge, 10), Numbers{});
  EXPECT_TRUE(merge.kept_back());
  rings_[1].put(10, 1);
  EXPECT_EQ(round(merge, 20), (Numbers{1, 2}));
}

TEST_F(MergeTest, ABusyRecordHoldsUpWhatMayBeYounger) {
  Merge merge = this->merge(2);
  EXPECT_EQ(round(merge, 10), Numbers{});
  std::byte* busy = rings_[0].reserve(sizeof(pk_header));
  rings_[0].put(14, 4);  // behind it
  rings_[1].put(9, 1);   // older than anything that the busy one can be
  rings_[1].put(13, 3);
  EXPECT_EQ(round(merge, 20), Numbers{1});
  EXPECT_EQ(until_, 10u);
  FakeRing::fill(busy, 12, 2);
  FakeRing::submit(busy);
  EXPECT_EQ(round(merge, 21), (Numbers{2, 3, 4}));
  EXPECT_EQ(merge.reordered(), 0u);
}

TEST_F(MergeTest, PatienceEnds) {
  Merge merge = this->merge(2);
  round(merge, 10);
  std::byte* busy = rings_[0].reserve(sizeof(pk_header));
  rings_[1].put(13, 3);
  EXPECT_EQ(round(merge, 20), Numbers{});
  EXPECT_EQ(round(merge, 20 + kPatience - 1), Numbers{});
  EXPECT_EQ(round(merge, 20 + kPatience), Numbers{3});
  FakeRing::fill(busy, 12, 2);
  FakeRing::submit(busy);
  EXPECT_EQ(round(merge, 200), Numbers{2});
  EXPECT_EQ(merge.reordered(), 1u);
}

TEST_F(MergeTest, PatienceBeginsAnewWithEachRecord) {
  Merge merge = this->merge(2);
  round(merge, 10);
  std::byte* first = rings_[0].reserve(sizeof(pk_header));
  round(merge, 20);
  std::byte* second = rings_[0].reserve(sizeof(pk_header));
  rings_[1].put(15, 2);
  rings_[1].put(25, 4);
  FakeRing::fill(first, 12, 1);
  FakeRing::submit(first);
  EXPECT_EQ(round(merge, 119), (Numbers{1, 2})) << "the second busy one was not there at 20";
  EXPECT_EQ(round(merge, 218), Numbers{});
  FakeRing::fill(second, 21, 3);
  FakeRing::submit(second);
  EXPECT_EQ(round(merge, 218), (Numbers{3, 4}));
}

TEST_F(MergeTest, DiscardedRecordsAreSkipped) {
  Merge merge = this->merge(1);
  for (const bool discard : {true, false, true}) {
    std::byte* record = rings_[0].reserve(sizeof(pk_header));
    FakeRing::fill(record, 5, 1);
    FakeRing::submit(record, discard);
  }
  EXPECT_EQ(round(merge, 10), Numbers{1});
  EXPECT_EQ(rings_[0].consumed(), 3 * (sizeof(pk_header) + BPF_RINGBUF_HDR_SZ));
}

TEST_F(MergeTest, OlderOnesBehindPullTheirRingForward) {
  Merge merge = this->merge(2);
  rings_[0].put(10, 1);  // was interrupted before it took the time
  rings_[0].put(8, 2);
  rings_[1].put(9, 3);  // may be the effect of number 2
  EXPECT_EQ(round(merge, 20), (Numbers{1, 2, 3}));
}

TEST_F(MergeTest, OnlyTheUsedBytesAreHandedOut) {
  Merge merge = this->merge(1);
  std::byte* record = rings_[0].reserve(512);
  FakeRing::fill(record, 1, 1, 100);
  FakeRing::submit(record);
  round(merge, 2);
  EXPECT_EQ(last_size_, 100u);
  record = rings_[0].reserve(512);
  FakeRing::fill(record, 3, 1, 100'000);  // says more than it has
  FakeRing::submit(record);
  round(merge, 4);
  EXPECT_EQ(last_size_, 512u);
}

TEST_F(MergeTest, WrapsAround) {
  Merge merge = this->merge(1);
  for (std::uint64_t number = 1; number < 1000; ++number) {
    ASSERT_TRUE(rings_[0].put(number, number, static_cast<std::uint32_t>(600 + number % 700)))
        << "room was not given back";
    ASSERT_EQ(round(merge, number), Numbers{number});
  }
}

// More than is looked at ahead in a round.
TEST_F(MergeTest, ManyInOneRing) {
  Merge merge = this->merge(2, 1 << 20);
  Numbers expected, got;
  for (std::uint64_t number = 1; number <= 3000; ++number) {
    rings_[number % 3 == 0].put(number, number);
    expected.push_back(number);
  }
  for (int i = 0; i < 20; ++i) {
    const Numbers more = round(merge, 5000);
    got.insert(got.end(), more.begin(), more.end());
  }
  EXPECT_EQ(got, expected);
  EXPECT_EQ(merge.reordered(), 0u);
}

// Producers that are interrupted anywhere, against a sort: as long as nobody exceeds the patience, the order is exact.
TEST_F(MergeTest, RandomProducersAgainstASort) {
  std::mt19937 random(20260815);
  for (int repetition = 0; repetition < 50; ++repetition) {
    rings_.clear();
    Merge merge = this->merge(1 + random() % 7, 1 << 16);
    struct Open {
      std::byte* record;
      std::uint64_t due;
    };
    std::vector<Open> open;
    Numbers made, got;
    std::uint64_t now = 1000;
    for (int step = 0; step < 2000; ++step, now += 1 + random() % 3) {
      if (random() % 4 != 0) {
        FakeRing& ring = rings_[random() % rings_.size()];
        if (std::byte* record = ring.reserve(static_cast<std::uint32_t>(sizeof(pk_header) + random() % 200))) {
          FakeRing::fill(record, now, now);
          made.push_back(now);
          open.push_back({record, now + random() % (kPatience / 4)});
        }
      }
      std::erase_if(open, [now](const Open& each) {
        if (each.due > now) return false;
        FakeRing::submit(each.record);
        return true;
      });
      if (random() % 10 != 0) continue;
      const Numbers more = round(merge, now);
      got.insert(got.end(), more.begin(), more.end());
    }
    for (const Open& each : open) FakeRing::submit(each.record);
    const Numbers more = round(merge, now);
    got.insert(got.end(), more.begin(), more.end());
    EXPECT_EQ(got, made);
    EXPECT_EQ(merge.reordered(), 0u);
  }
}

// Real threads, for the thread sanitizer: nothing is lost, nothing comes twice, each ring keeps its order.
TEST_F(MergeTest, ProducersInThreads) {
  constexpr std::uint64_t kEach = 20'000;
  constexpr std::size_t kRings = 3;
  Merge merge = this->merge(kRings, 1 << 14);
  std::atomic<std::uint64_t> clock{1};
  std::vector<std::thread> producers;
  for (std::size_t ring = 0; ring < kRings; ++ring) {
    producers.emplace_back([&, ring] {
      for (std::uint64_t number = 0; number < kEach;) {
        std::byte* record = rings_[ring].reserve(sizeof(pk_header));
        if (record == nullptr) {
          std::this_thread::yield();
          continue;
        }
        FakeRing::fill(record, clock.fetch_add(1), ring << 32 | number++);
        FakeRing::submit(record);
      }
    });
  }
  std::array<std::uint64_t, kRings> next{};
  std::uint64_t total = 0, newest = 0;
  while (total < kRings * kEach) {
    const auto check = [&](std::span<const std::byte> record) {
      pk_header header;
      std::memcpy(&header, record.data(), sizeof header);
      EXPECT_EQ(header.sequence & 0xffffffff, next[header.sequence >> 32]++);
      newest = std::max<std::uint64_t>(newest, header.time);
    };
    total += merge.round(clock.load(), check, [] {}).count;
  }
  for (std::thread& producer : producers) producer.join();
  EXPECT_EQ(newest, kRings * kEach);
}

}  // namespace
}  // namespace picket
