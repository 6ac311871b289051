// SPDX-License-Identifier: Apache-2.0
#include "exporters/sink/ledger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

#include "rules/event/time.h"

namespace picket {
namespace {

bool balanced(const LedgerCounts& counts) {
  return counts.produced == counts.delivered + counts.queued + counts.spooled + counts.all_dropped();
}

TEST(Ledger, EveryEntryMovesMessages) {
  Ledger ledger("test");
  ledger.produced(10);
  ledger.recovered(2);
  ledger.spooled(4);
  ledger.unspooled(1);
  ledger.delivered(3);
  ledger.delivered(2, Ledger::Place::Spool);
  ledger.dropped(DropCause::too_large);
  ledger.dropped(DropCause::spool_full, 1, Ledger::Place::Spool);
  const LedgerCounts counts = ledger.counts();
  EXPECT_EQ(counts.produced, 12u);
  EXPECT_EQ(counts.delivered, 5u);
  EXPECT_EQ(counts.queued, 3u);
  EXPECT_EQ(counts.spooled, 2u);
  EXPECT_EQ(counts.dropped_of(DropCause::too_large), 1u);
  EXPECT_EQ(counts.dropped_of(DropCause::spool_full), 1u);
  EXPECT_EQ(counts.all_dropped(), 2u);
  EXPECT_TRUE(balanced(counts));
}

TEST(Ledger, WhatIsShortenedIsDelivered) {
  Ledger ledger("test");
  ledger.produced(2);
  ledger.delivered(2);
  ledger.shortened();
  const LedgerCounts counts = ledger.counts();
  EXPECT_EQ(counts.shortened, 1u);
  EXPECT_EQ(counts.delivered, 2u);
  EXPECT_TRUE(balanced(counts));
}

TEST(Ledger, RemembersTheLastError) {
  Ledger ledger("test");
  ledger.set_error("No space left on device");
  EXPECT_EQ(ledger.counts().error, "No space left on device");
  ledger.set_error("");
  EXPECT_EQ(ledger.counts().error, "");
  EXPECT_EQ(ledger.counts().last_error, "No space left on device");
}

TEST(Ledger, CausesHaveNames) {
  EXPECT_EQ(drop_cause_name(DropCause::queue_full), "queue_full");
  EXPECT_EQ(drop_cause_name(DropCause::shutdown), "shutdown");
  EXPECT_EQ(static_cast<std::size_t>(DropCause::shutdown) + 1, kDropCauses);
  EXPECT_EQ(drop_cause_text(DropCause::rejected), "they were refused for good");
}

TEST(LedgerDeathTest, MoreThanThereIs) {
  Ledger ledger("test");
  ledger.produced(1);
  EXPECT_DEATH(ledger.delivered(2), "");
  EXPECT_DEATH(ledger.unspooled(1), "");
}

// Threads produce, deliver and drop what they like; who looks meanwhile finds every message once.
TEST(Ledger, BalancedAtAnyMoment) {
  Ledger ledger("test");
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= 3; ++seed) {
    threads.emplace_back([&ledger, &stop, seed] {
      std::minstd_rand random(seed);
      while (!stop) {
        ledger.produced(8);
        ledger.spooled(4);
        ledger.delivered(2, random() % 2 == 0 ? Ledger::Place::Queue : Ledger::Place::Spool);
        ledger.dropped(static_cast<DropCause>(random() % kDropCauses));
      }
    });
  }
  std::uint64_t before = 0;
  for (int look = 0; look < 5000; ++look) {
    const LedgerCounts counts = ledger.counts();
    ASSERT_TRUE(balanced(counts));
    ASSERT_GE(counts.produced, before);
    before = counts.produced;
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(balanced(ledger.counts()));
}

TEST(Latencies, CountUpToEachBound) {
  Latencies latencies;
  for (const std::uint64_t each : {std::uint64_t{0}, std::uint64_t{100'000}, std::uint64_t{100'001},
                                   60 * Latencies::kMs * 1000, 60 * Latencies::kMs * 1000 + 1, UINT64_MAX / 4}) {
    latencies.add(each);
  }
  EXPECT_EQ(latencies.counts.front(), 2u) << "a bound is in its bucket";
  EXPECT_EQ(latencies.counts[1], 1u);
  EXPECT_EQ(latencies.counts[latencies.counts.size() - 2], 1u);
  EXPECT_EQ(latencies.counts.back(), 2u);
  EXPECT_TRUE(std::is_sorted(Latencies::kBounds.begin(), Latencies::kBounds.end()));
}

TEST(Ledger, TimesWhatItIsToldTheHookOf) {
  const auto counted = [](const Ledger& ledger) {
    const Latencies& latencies = ledger.counts().latencies;
    return std::accumulate(latencies.counts.begin(), latencies.counts.end(), std::uint64_t{0});
  };
  Ledger ledger("a");
  ledger.produced(6);
  const std::uint64_t now = boot_clock();
  const std::vector<Message> messages = {
      {.time = now - 1000, .text = "a"}, {.time = 0, .text = "b"}, {.time = now + 1'000'000'000'000, .text = "c"}};
  ledger.delivered(messages);
  EXPECT_EQ(counted(ledger), 1u) << "not what has no time, nor what is yet to come";
  ledger.delivered_since(now - 1000);
  ledger.delivered_since(0);
  EXPECT_EQ(counted(ledger), 2u);
  ledger.spooled(1);
  ledger.delivered_since(now, Ledger::Place::Spool);
  EXPECT_EQ(counted(ledger), 3u);
  EXPECT_EQ(ledger.counts().delivered, 6u);
  EXPECT_DEATH(ledger.delivered_since(now), "");
}

}  // namespace
}  // namespace picket
