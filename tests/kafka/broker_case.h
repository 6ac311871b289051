// SPDX-License-Identifier: Apache-2.0
//
// A topic, settings and a spool for each test with a real broker (broker.h).
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "exporters/sink/sink.h"
#include "exporters/sink/sink_types.h"
#include "tests/kafka/broker.h"
#include "tests/support/kafka.h"
#include "tests/support/temporary_directory.h"

namespace picket {

using std::chrono::milliseconds;

inline Broker& started_broker = Broker::get();

class BrokerTest : public testing::Test {
 protected:
  BrokerTest() {
    topic_ = std::string("picket.") + testing::UnitTest::GetInstance()->current_test_info()->name();
    settings_.brokers = broker_.address();
    settings_.topic = topic_;
    settings_.host = "host-1";
    settings_.schema = "picket/1";
    settings_.version = "1.2.3";
    settings_.spool_directory = root_ + "/spool";
    settings_.retry_interval = milliseconds(200);
    for (const auto& property : broker_.properties()) settings_.properties.push_back(property);
    settings_.properties.emplace_back("reconnect.backoff.max.ms", "500");
    settings_.properties.emplace_back("topic.metadata.propagation.max.ms", "500");
  }

  void set(const std::string& property, const std::string& value) {
    for (auto& [name, old] : settings_.properties)
      if (name == property) old = value;
  }

  void make_topic(int partitions) { broker_.make_topic(topic_, partitions); }

  std::vector<Consumed> read(int partitions, std::size_t count) const {
    auto properties = broker_.properties();
    properties["bootstrap.servers"] = broker_.address();
    return consume(properties, topic_, partitions, count);
  }

  // Ids 1 to `last` are there, each key's in order; second copies are left out, as readers do by the id.
  void expect_all_in_order(int partitions, std::uint64_t last) const {
    std::map<std::string, std::uint64_t> last_of;
    std::set<std::uint64_t> seen;
    for (const Consumed& each : read(partitions, last)) {
      const std::uint64_t id = std::stoull(each.headers.at("id"));
      if (!seen.insert(id).second) continue;
      EXPECT_GT(id, last_of[each.key]) << "out of order";
      last_of[each.key] = id;
    }
    EXPECT_EQ(seen.size(), last);
    EXPECT_EQ(seen.empty() ? 0 : *seen.rbegin(), last);
  }

  // Each id from 1 to `last` once and in order when second copies are left out; on one partition. Keeps none of them.
  // Returns how many second copies there were.
  std::uint64_t expect_each_in_order(std::uint64_t last, std::chrono::seconds at_most) const {
    auto properties = broker_.properties();
    properties["bootstrap.servers"] = broker_.address();
    std::uint64_t seen = 0, copies = 0, out_of_order = 0;
    consume_each(
        properties, topic_, 1, at_most,
        [&](const Consumed& one) {
          const std::uint64_t id = std::stoull(one.headers.at("id"));
          copies += id <= seen;
          out_of_order += id > seen + 1;
          seen = std::max(seen, id);
        },
        [&] { return seen >= last; });
    EXPECT_EQ(seen, last);
    EXPECT_EQ(out_of_order, 0U);
    return copies;
  }

  static void expect_all_delivered(const LedgerCounts& counts, std::uint64_t count) {
    EXPECT_EQ(counts.produced, count);
    EXPECT_EQ(counts.delivered, count);
    EXPECT_EQ(counts.queued + counts.spooled, 0U);
    EXPECT_EQ(counts.all_dropped(), 0U);
  }
  static void expect_all_delivered(const Ledger& ledger, std::uint64_t count) {
    expect_all_delivered(ledger.counts(), count);
  }

  // What asking the brokers finds wrong; empty: nothing.
  std::string error_of_check() const {
    const auto checked = check_kafka_connection(settings_, milliseconds(20'000));
    return checked ? "" : checked.error().message;
  }

  // Alerts that are not let in, for that reason, wait in the spool.
  void expect_held(const std::string& reason, std::uint64_t count) const {
    KafkaSender sender(settings_);
    for (std::uint64_t id = 1; id <= count; ++id) sender.put(id);
    EXPECT_TRUE(sender.poll_until([&] { return sender.ledger.counts().error.find(reason) != std::string::npos; }))
        << sender.ledger.counts().error;
    EXPECT_TRUE(sender.destination->flush(sender.ledger, milliseconds(200)));
    EXPECT_EQ(sender.ledger.counts().spooled, count);
    EXPECT_EQ(sender.ledger.counts().all_dropped(), 0U);
  }

  // What a configuration says to get these settings.
  SinkSettings keys(std::string_view spool_mode) const {
    SinkSettings keys;
    keys.add("brokers", settings_.brokers);
    keys.add("topic", topic_);
    keys.add("host", settings_.host);
    keys.add("spool.mode", std::string(spool_mode));
    if (spool_mode != "none") keys.add("spool.directory", settings_.spool_directory);
    keys.add("spool.size", "4G");
    for (const auto& [name, value] : settings_.properties) keys.add("properties." + name, value);
    return keys;
  }

  // As the sensor makes it: from the keys of the configuration, behind a queue, in a thread of its own.
  std::unique_ptr<Sink> make_sink(std::string_view spool_mode) const {
    const SinkType* type = find_sink_type("kafka");
    auto made = type->make(keys(spool_mode));
    if (!made) {
      ADD_FAILURE() << made.error().message;
      std::abort();
    }
    const std::string name = "kafka " + std::string(spool_mode);
    return std::make_unique<Sink>(SinkTraits{.name = name, .queue_bytes = type->queue_bytes, .labels = type->labels},
                                  std::move(*made));
  }

  template <class Condition>
  static bool wait_until(Condition&& holds, std::chrono::seconds at_most = std::chrono::seconds(60)) {
    const auto end = std::chrono::steady_clock::now() + at_most;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(milliseconds(20));
    }
    return true;
  }

  static void end(Sink& sink) {
    sink.stop(std::chrono::steady_clock::now() + std::chrono::seconds(5));
    sink.join();
  }

  Broker& broker_ = Broker::get();
  test::TemporaryDirectory temporary_;
  const std::string root_ = temporary_.path();
  std::string topic_;
  KafkaSettings settings_;
};

}  // namespace picket
