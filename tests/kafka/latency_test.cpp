// SPDX-License-Identifier: Apache-2.0
//
// How long an alert takes from the sink's hands to the broker's confirmation, beside the same alerts by librdkafka
// alone with the same properties. From the hook on: guest_test.cpp.
#include "tests/kafka/latency.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "tests/kafka/broker_case.h"

namespace picket {
namespace {

constexpr std::int64_t kRate = 1000;
const std::chrono::milliseconds kTime{1000 * from_environment("PICKET_LATENCY_SECONDS", 2)};
// 0: what a machine with other things to do measures is printed, and held against nothing.
const std::int64_t kMostMs = from_environment("PICKET_LATENCY_P99_MS", 0);

class LatencyTest : public BrokerTest {
 protected:
  void SetUp() override {
    make_topic(1);
    settings_.properties.emplace_back("linger.ms", "5");
  }

  Latency of_librdkafka() const {
    return latency_of_librdkafka(settings_, topic_, {std::string(600, 'x')}, kRate, kTime);
  }

  Latency of_sink(std::string_view mode) {
    const auto sink = make_sink(mode);
    std::uint64_t id = 0;
    const Latency latency = measure_latency(
        kRate, kTime, [&] { alert(*sink, ++id); }, [&] { return sink->counts().delivered; });
    end(*sink);
    expect_all_delivered(sink->counts(), id);
    return latency;
  }
};

TEST_F(LatencyTest, AtAThousandAlertsASecond) {
  const auto print = [](const char* what, const Latency& latency, const Latency& plain) {
    std::printf("latency, %-19s p50 %6.1f ms (%4.1f times), p99 %6.1f ms (%4.1f times), most %6.1f ms\n", what,
                latency.p50, latency.p50 / plain.p50, latency.p99, latency.p99 / plain.p99, latency.most);
    std::fflush(stdout);
  };
  of_librdkafka();  // the broker's Java gets warm
  const Latency plain = of_librdkafka();
  print("librdkafka alone:", plain, plain);
  for (const char* const mode : {"none", "overflow", "durable"}) {
    settings_.spool_directory = root_ + "/spool-" + mode;
    const Latency latency = of_sink(mode);
    print((std::string("spool ") + mode + ":").c_str(), latency, plain);
    if (kMostMs != 0) {
      EXPECT_LT(latency.p99, static_cast<double>(kMostMs)) << mode;
    }
  }
}

}  // namespace
}  // namespace picket
