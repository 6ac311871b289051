// SPDX-License-Identifier: Apache-2.0
//
// How long messages take until the brokers confirm them, at a rate that is kept; and how long that is for librdkafka
// alone. Asked every 0.2 ms, so that much may be missing.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "exporters/kafka/client_configuration.h"
#include "tests/kafka/endurance.h"

namespace picket {

struct Latency {
  double p50 = 0, p99 = 0, most = 0;  // milliseconds
};

inline Latency latency_of(std::vector<std::chrono::steady_clock::duration>& all) {
  if (all.empty()) return {};
  std::sort(all.begin(), all.end());
  const auto at = [&all](std::size_t thousandth) {
    return std::chrono::duration<double, std::milli>(all[(all.size() - 1) * thousandth / 1000]).count();
  };
  return {at(500), at(990), at(1000)};
}

// `send` gives one message, at that rate; `delivered` says how many have been confirmed, of messages that are so in
// order. Those of the first two seconds, in which connections are made, do not count.
template <class Send, class Delivered>
Latency measure_latency(std::int64_t per_second, std::chrono::milliseconds time, Send&& send, Delivered&& delivered) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::seconds kWarmUp{2};
  std::deque<Clock::time_point> under_way;
  std::vector<Clock::duration> all;
  all.reserve(static_cast<std::size_t>(per_second * time.count() / 1000));
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
      per_second, kWarmUp + time,
      [&] {
        under_way.push_back(Clock::now());
        send();
      },
      take_confirmed);
  while (!under_way.empty() && Clock::now() < begin + kWarmUp + time + std::chrono::seconds(60)) {
    take_confirmed();
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  EXPECT_TRUE(under_way.empty());
  return latency_of(all);
}

// Of librdkafka with the sink's properties, and nothing of the sink's; these messages in turn.
inline Latency latency_of_librdkafka(const KafkaSettings& settings, const std::string& topic,
                                     const std::vector<std::string>& texts, std::int64_t per_second,
                                     std::chrono::milliseconds time) {
  auto conf = make_client_configuration(settings);
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
  std::size_t sent = 0;
  const Latency latency = measure_latency(
      per_second, time,
      [&] {
        const std::string& text = texts[sent++ % texts.size()];
        rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_KEY("host-1", 6),
                          RD_KAFKA_V_VALUE(const_cast<char*>(text.data()), text.size()),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
      },
      [&] { return delivered.load(); });
  over = true;
  poller.join();
  rd_kafka_destroy(producer);
  return latency;
}

}  // namespace picket
