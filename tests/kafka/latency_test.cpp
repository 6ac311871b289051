// SPDX-License-Identifier: Apache-2.0
//
// How long an alert takes from the sink's hands to the broker's confirmation, beside the same alerts by librdkafka
// alone with the same properties. Asked every 0.2 ms, so that much may be missing in what is printed.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <deque>
#include <vector>

#include "exporters/kafka/client_configuration.h"
#include "tests/kafka/broker_case.h"
#include "tests/kafka/endurance.h"

namespace picket {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kRate = 1000;
const std::chrono::milliseconds kWarmUp{1000};
const std::chrono::milliseconds kTime{1000 * from_environment("PICKET_LATENCY_SECONDS", 2)};
// 0: what a machine with other things to do measures is printed, and held against nothing.
const std::int64_t kMostMs = from_environment("PICKET_LATENCY_P99_MS", 0);

struct Latency {
  double p50 = 0, p99 = 0, most = 0;  // milliseconds
};

Latency of(std::vector<Clock::duration>& all) {
  std::sort(all.begin(), all.end());
  const auto at = [&all](std::size_t thousandth) {
    return std::chrono::duration<double, std::milli>(all[(all.size() - 1) * thousandth / 1000]).count();
  };
  return {at(500), at(990), at(1000)};
}

// `send` gives one message; `delivered` says how many have been confirmed, of messages that are so in order.
template <class Send, class Delivered>
Latency measure(Send&& send, Delivered&& delivered) {
  std::deque<Clock::time_point> under_way;
  std::vector<Clock::duration> all;
  all.reserve(static_cast<std::size_t>(kRate * kTime.count() / 1000));
  std::uint64_t confirmed = 0;
  const auto begin = Clock::now();
  const auto take_confirmed = [&] {
    const auto now = Clock::now();
    for (const std::uint64_t count = delivered(); confirmed < count; ++confirmed) {
      if (under_way.front() >= begin + kWarmUp) all.push_back(now - under_way.front());
      under_way.pop_front();
    }
  };
  at_rate(
      kRate, kWarmUp + kTime,
      [&] {
        under_way.push_back(Clock::now());
        send();
      },
      take_confirmed);
  while (!under_way.empty() && Clock::now() < begin + kWarmUp + kTime + std::chrono::seconds(60)) {
    take_confirmed();
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  EXPECT_TRUE(under_way.empty());
  return all.empty() ? Latency{} : of(all);
}

class LatencyTest : public BrokerTest {
 protected:
  void SetUp() override {
    make_topic(1);
    settings_.properties.emplace_back("linger.ms", "5");
  }

  Latency of_librdkafka() {
    auto conf = make_client_configuration(settings_);
    EXPECT_TRUE(conf);
    std::atomic<std::uint64_t> delivered = 0;
    rd_kafka_conf_set_opaque(conf->get(), &delivered);
    rd_kafka_conf_set_dr_msg_cb(conf->get(), [](rd_kafka_t*, const rd_kafka_message_t* message, void* count) {
      EXPECT_EQ(message->err, RD_KAFKA_RESP_ERR_NO_ERROR);
      ++*static_cast<std::atomic<std::uint64_t>*>(count);
    });
    rd_kafka_t* const producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf->release(), nullptr, 0);
    std::atomic<bool> over = false;
    std::thread poller([&] {
      while (!over) rd_kafka_poll(producer, 100);
    });
    std::uint64_t id = 0;
    const Latency latency = measure(
        [&] {
          const std::string text = std::to_string(++id) + std::string(600, 'x');
          rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic_.c_str()), RD_KAFKA_V_KEY("host-1", 6),
                            RD_KAFKA_V_VALUE(const_cast<char*>(text.data()), text.size()),
                            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
        },
        [&] { return delivered.load(); });
    over = true;
    poller.join();
    rd_kafka_destroy(producer);
    return latency;
  }

  Latency of_sink(std::string_view mode) {
    const auto sink = make_sink(mode);
    std::uint64_t id = 0;
    const Latency latency = measure([&] { alert(*sink, ++id); }, [&] { return sink->counts().delivered; });
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
