// SPDX-License-Identifier: Apache-2.0
//
// No broker for a long time, and alerts all the while: nothing is lost, nothing comes twice but for second copies, the
// order stays, and the memory does not grow with the time.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "tests/kafka/broker_case.h"
#include "tests/kafka/endurance.h"

namespace picket {
namespace {

constexpr std::int64_t kRate = 2000;
const std::chrono::seconds kOutage{from_environment("PICKET_OUTAGE_SECONDS", 8)};
constexpr std::int64_t kGrowth = 8 << 20;  // bytes; the spool alone gets 700 MiB in ten minutes

std::int64_t resident_bytes() {
  std::int64_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

class OutageTest : public BrokerTest, public testing::WithParamInterface<const char*> {};

TEST_P(OutageTest, NothingIsLostAndMemoryIsFlat) {
  topic_ = std::string("picket.outage-") + GetParam();
  make_topic(1);
  const auto sink = make_sink(GetParam());
  std::uint64_t id = 0;
  const auto alerts_for = [&](milliseconds time) {
    at_rate(
        kRate, time, [&] { alert(*sink, ++id); }, [] {});
  };
  for (int part = 0; part < 3; ++part) {  // once round the sink's queue, so that all its memory is in use
    for (int i = 0; i < 10'000; ++i) alert(*sink, ++id);
    ASSERT_TRUE(wait_until([&] { return sink->counts().delivered == id; }));
  }

  broker_.run("kill");
  alerts_for(kOutage / 10);
  const std::int64_t before = resident_bytes();
  alerts_for(kOutage - kOutage / 10);
  const std::int64_t growth = resident_bytes() - before;
  const std::uint64_t waiting = sink->counts().spooled;
  broker_.run("start");

  const auto begin = std::chrono::steady_clock::now();
  alerts_for(milliseconds(1000));
  EXPECT_TRUE(wait_until([&] { return sink->counts().delivered == id; }, std::chrono::seconds(60) + kOutage));
  const std::chrono::duration<double> drained = std::chrono::steady_clock::now() - begin;
  end(*sink);
  expect_all_delivered(sink->counts(), id);
  const std::uint64_t copies = expect_each_in_order(id, std::chrono::seconds(60) + kOutage);
  std::printf(
      "outage of %lld s, spool %s: %llu alerts, %llu in the spool at its end, memory %+.1f MiB, drained in %.1f s, "
      "%llu second copies\n",
      static_cast<long long>(kOutage.count()), GetParam(), static_cast<unsigned long long>(id),
      static_cast<unsigned long long>(waiting), static_cast<double>(growth) / (1 << 20), drained.count(),
      static_cast<unsigned long long>(copies));
  EXPECT_LT(growth, kGrowth);
}

INSTANTIATE_TEST_SUITE_P(Modes, OutageTest, testing::Values("overflow", "durable"));

}  // namespace
}  // namespace picket
