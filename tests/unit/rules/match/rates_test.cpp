// SPDX-License-Identifier: Apache-2.0
//
// Throttles and thresholds over made-up times.
#include "rules/match/rates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <random>

#include "rules/compile/compile.h"
#include "rules/match/match.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using test::Record;

constexpr std::uint64_t kSecond = 1'000'000'000;

Policy policy_of(const std::string& more) {
  policy::Documents documents;
  policy::load_text("test.yaml",
                    "- rule: x\n  desc: d\n  condition: evt.type = openat\n  output: o\n  priority: NOTICE\n" + more,
                    documents);
  Compiled compiled = compile(documents);
  for (const Diagnostic& diagnostic : compiled.diagnostics) ADD_FAILURE() << render(diagnostic);
  return std::move(compiled.policy);
}

struct Reported {
  std::string key;
  std::uint64_t count, since, until;
};

class Scenario {
  // Calls use(event) for an open of that file at that time.
  template <class Use>
  auto with(std::string_view path, std::uint64_t time, pk_s32 error, Use use) {
    Record<pk_open> open(Kind::open);
    open.text(&pk_open::path, path);
    open->header.time = time;
    open->header.error = error;
    scratch_.clear();
    return use(open.event(process_, &names_));
  }

 public:
  explicit Scenario(const std::string& more, std::size_t keys = kThrottleKeys)
      : policy_(policy_of(more)),
        rates_(
            policy_,
            [this](const Throttled& throttled) {
              EXPECT_EQ(throttled.rule, "x");
              reported_.push_back({std::string(throttled.key), throttled.count, throttled.since, throttled.until});
            },
            keys) {}

  Rates::Verdict throttle(std::string_view path, std::uint64_t time, pk_s32 error = 0) {
    return with(path, time, error, [this](const Event& event) { return rates_.throttle(rule(), event, scratch_); });
  }
  bool reached(std::string_view path, std::uint64_t time) {
    return with(path, time, 0, [this](const Event& event) { return rates_.reached(rule(), event, scratch_); });
  }

  Rates& rates() { return rates_; }
  const std::vector<Reported>& reported() const { return reported_; }

 private:
  const Rule& rule() const { return policy_.rules.at(0); }

  Policy policy_;
  std::vector<Reported> reported_;
  Rates rates_;
  Process process_;
  test::FakeNames names_;
  Scratch scratch_;
};

constexpr const char* kPerFile = "  throttle: {per: fd.name, every: 10s, max: 2}\n";

// Each event as file and second; what became of it: a number (shown, so many suppressed before it) or a dot.
TEST(Throttle, LetsSoManyThroughInAWindow) {
  const struct {
    const char* name;
    std::string throttle;
    std::vector<std::pair<const char*, double>> events;
    std::string expected;
  } rows[] = {
      {"two in ten seconds",
       kPerFile,
       {{"/a", 1}, {"/a", 2}, {"/a", 3}, {"/a", 10.9}, {"/a", 11}, {"/a", 12}},
       "00..20"},
      {"each key for itself", kPerFile, {{"/a", 1}, {"/b", 1}, {"/a", 1}, {"/b", 1}, {"/a", 2}, {"/b", 3}}, "0000.."},
      {"one when nothing is said", "  throttle: {every: 1s}\n", {{"/a", 1}, {"/b", 1.5}, {"/a", 2}, {"/a", 3}}, "0.10"},
      {"late events are of the window", kPerFile, {{"/a", 5}, {"/a", 1}, {"/a", 2}, {"/a", 16}}, "00.1"},
      {"a window begins with its first alert",
       "  throttle: {every: 10s}\n",
       {{"/a", 1}, {"/a", 30}, {"/a", 39}},
       "00."},
  };
  for (const auto& row : rows) {
    Scenario scenario(row.throttle);
    std::string seen;
    for (const auto& [path, second] : row.events) {
      const auto verdict = scenario.throttle(path, static_cast<std::uint64_t>(second * kSecond));
      seen += verdict.shown ? std::to_string(verdict.throttled) : ".";
    }
    EXPECT_EQ(seen, row.expected) << row.name;
  }
}

TEST(Throttle, WhatWasRefusedIsAlwaysShown) {
  Scenario scenario("  throttle: {every: 10s}\n");
  EXPECT_TRUE(scenario.throttle("/a", kSecond).shown);
  EXPECT_FALSE(scenario.throttle("/a", kSecond).shown);
  const auto verdict = scenario.throttle("/a", kSecond, -EACCES);
  EXPECT_TRUE(verdict.shown);
  EXPECT_EQ(verdict.throttled, 1u);
  EXPECT_TRUE(scenario.throttle("/a", kSecond, -EACCES).shown);
}

TEST(Throttle, ACountThatNoAlertCarriesIsReported) {
  Scenario scenario(kPerFile);
  for (int i = 0; i < 5; ++i) scenario.throttle("/a", (10 + static_cast<std::uint64_t>(i)) * kSecond);
  scenario.throttle("/b", 10 * kSecond);
  scenario.rates().expire(20 * kSecond + Rates::kLateNs - 1);
  EXPECT_TRUE(scenario.reported().empty());
  scenario.rates().expire(20 * kSecond + Rates::kLateNs);
  ASSERT_EQ(scenario.reported().size(), 1u);
  EXPECT_EQ(scenario.reported()[0].key, "fd.name=/a");
  EXPECT_EQ(scenario.reported()[0].count, 3u);
  EXPECT_EQ(scenario.reported()[0].since, 10 * kSecond);
  EXPECT_EQ(scenario.reported()[0].until, 14 * kSecond);
  scenario.rates().finish();
  EXPECT_EQ(scenario.reported().size(), 1u) << "only once";
}

TEST(Throttle, AKeyThatGaveWayIsReportedAndBeginsAnew) {
  Scenario scenario("  throttle: {per: fd.name, every: 1h}\n", 2);
  scenario.throttle("/a", kSecond);
  scenario.throttle("/a", kSecond);
  scenario.throttle("/b", 2 * kSecond);
  EXPECT_TRUE(scenario.throttle("/c", 3 * kSecond).shown);
  ASSERT_EQ(scenario.reported().size(), 1u);
  EXPECT_EQ(scenario.reported()[0].count, 1u);
  EXPECT_EQ(scenario.rates().counters().throttles_evicted, 1u);
  EXPECT_FALSE(scenario.throttle("/b", 4 * kSecond).shown);
  EXPECT_TRUE(scenario.throttle("/a", 4 * kSecond).shown);
}

TEST(Throttle, LongKeysAreCutWhenShownAndToldApartAllTheSame) {
  Scenario scenario(kPerFile);
  const std::string path = "/" + std::string(200, 'a');
  for (int i = 0; i < 3; ++i) scenario.throttle(path + "1", kSecond);
  EXPECT_TRUE(scenario.throttle(path + "2", kSecond).shown);
  scenario.rates().finish();
  ASSERT_EQ(scenario.reported().size(), 1u);
  EXPECT_EQ(scenario.reported()[0].key, ("fd.name=" + path).substr(0, 95));
}

// Whatever comes, nothing vanishes: alerts + suppressed = matches, and each suppressed one is told of exactly once.
TEST(Throttle, NothingVanishes) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    const auto any = [&random](unsigned below) {
      return std::uniform_int_distribution<unsigned>(0, below - 1)(random);
    };
    Scenario scenario("  throttle: {per: fd.name, every: " + std::to_string(1 + any(5)) +
                          "s, max: " + std::to_string(1 + any(3)) + "}\n",
                      1 + any(12));
    std::uint64_t time = kSecond, matches = 0, shown = 0, told = 0;
    std::map<std::string, bool> seen;
    for (int i = 0; i < 2000; ++i) {
      time += any(400) * (kSecond / 1000);
      if (any(50) == 0) scenario.rates().expire(time);
      const std::string path = "/" + std::to_string(any(16));
      const auto verdict = scenario.throttle(path, time - any(2) * any(kSecond));
      ++matches;
      shown += verdict.shown ? 1 : 0;
      told += verdict.throttled;
      EXPECT_TRUE(verdict.shown || seen[path]) << "the first of a key is hidden";
      seen[path] = true;
    }
    scenario.rates().finish();
    for (const Reported& report : scenario.reported()) told += report.count;
    EXPECT_EQ(shown + scenario.rates().counters().throttled, matches) << seed;
    EXPECT_EQ(told, scenario.rates().counters().throttled) << seed;
  }
}

TEST(Threshold, IsReachedBySoManyInTheWindow) {
  const struct {
    const char* name;
    std::string threshold;
    std::vector<std::pair<const char*, double>> events;
    std::string expected;  // an x for each event that reaches it
  } rows[] = {
      {"three in ten seconds", "{count: 3, within: 10s}", {{"/a", 1}, {"/b", 2}, {"/c", 3}}, "..x"},
      {"counts anew", "{count: 2, within: 10s}", {{"/a", 1}, {"/a", 2}, {"/a", 3}, {"/a", 4}}, ".x.x"},
      {"the window slides", "{count: 3, within: 10s}", {{"/a", 1}, {"/a", 9}, {"/a", 12}, {"/a", 18}}, "...x"},
      {"the end is inside", "{count: 2, within: 10s}", {{"/a", 1}, {"/a", 11}, {"/a", 21.1}}, ".x."},
      {"just too late", "{count: 2, within: 10s}", {{"/a", 1}, {"/a", 11.1}, {"/a", 12}}, "..x"},
      {"each key for itself",
       "{count: 2, within: 9s, by: fd.name}",
       {{"/a", 1}, {"/b", 1}, {"/b", 2}, {"/a", 3}},
       "..xx"},
      {"one is every", "{count: 1, within: 1s}", {{"/a", 1}, {"/a", 1}}, "xx"},
      {"late events count", "{count: 3, within: 2s}", {{"/a", 5}, {"/a", 4}, {"/a", 6}}, "..x"},
  };
  for (const auto& row : rows) {
    Scenario scenario("  threshold: " + row.threshold + "\n");
    std::string seen;
    for (const auto& [path, second] : row.events) {
      seen += scenario.reached(path, static_cast<std::uint64_t>(second * kSecond)) ? 'x' : '.';
    }
    EXPECT_EQ(seen, row.expected) << row.name;
  }
}

// Against the definition, over random times.
TEST(Threshold, AgreesWithItsDefinition) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    const auto any = [&random](unsigned below) {
      return std::uniform_int_distribution<unsigned>(0, below - 1)(random);
    };
    const std::size_t count = 1 + any(6);
    Scenario scenario("  threshold: {count: " + std::to_string(count) + ", within: 2s, by: fd.name}\n");
    std::map<std::string, std::deque<std::uint64_t>> times;
    std::uint64_t time = kSecond;
    for (int i = 0; i < 1000; ++i) {
      time += any(1000) * (kSecond / 1000);
      const std::string path = "/" + std::to_string(any(4));
      auto& mine = times[path];
      mine.push_back(time);
      while (mine.front() + 2 * kSecond < time) mine.pop_front();
      const bool expected = mine.size() >= count;
      if (expected) mine.clear();
      EXPECT_EQ(scenario.reached(path, time), expected) << seed << " event " << i;
    }
  }
}

TEST(Threshold, KeysThatGaveWayAreCounted) {
  Scenario scenario("  threshold: {count: 1000, within: 1h, by: fd.name}\n");
  for (std::size_t i = 0; i < kThresholdTimes / 1000 + 3; ++i) scenario.reached("/" + std::to_string(i), kSecond);
  EXPECT_EQ(scenario.rates().counters().thresholds_evicted, 3u);
}

// The first vectors of the paper's reference: the secret is 00 01 ... 0f, the text 00 01 ...
TEST(SipHash, IsTheOneOfThePaper) {
  const Key128 secret{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  EXPECT_EQ(siphash("", secret), (Key128{0xe6a825ba047f81a3, 0x930255c71472f66d}));
  EXPECT_EQ(siphash(std::string_view("\0", 1), secret), (Key128{0x44af996bd8c187da, 0x45fc229b11597634}));
}

// Against a map and a list, over random insertions, look-ups, renewals and removals.
TEST(KeyTable, HoldsTheYoungest) {
  std::mt19937 random(7);
  const auto any = [&random](unsigned below) { return std::uniform_int_distribution<unsigned>(0, below - 1)(random); };
  KeyTable<unsigned> table(8);
  std::deque<unsigned> ages;  // oldest first
  for (unsigned i = 0; i < 20'000; ++i) {
    const unsigned name = any(24);
    const Key128 key{name % 5, name};  // many at one place
    const auto known = std::find(ages.begin(), ages.end(), name);
    const auto slot = table.find(key);
    ASSERT_EQ(slot != table.kNone, known != ages.end());
    if (known == ages.end()) {
      if (ages.size() == 8) ages.pop_front();
      table[table.add(key, [](auto) {})] = name;
      ages.push_back(name);
    } else {
      ASSERT_EQ(table[slot], name);
      ages.erase(known);
      if (any(2) == 0) {
        table.renew(slot);
        ages.push_back(name);
      } else {
        table.erase(slot);
      }
    }
    ASSERT_EQ(table.size(), ages.size());
    auto next = table.oldest();
    for (const unsigned each : ages) {
      ASSERT_EQ(table[next], each);
      next = table.younger(next);
    }
    ASSERT_EQ(next, table.kNone);
  }
}

}  // namespace
}  // namespace picket
