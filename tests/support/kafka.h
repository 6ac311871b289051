// SPDX-License-Identifier: Apache-2.0
//
// For tests with a Kafka cluster, mock or real: a sender that treats a destination as the sink's worker does, and a
// consumer that reads back what arrived.
#pragma once

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporters/kafka/destination.h"

namespace picket {

struct Consumed {
  std::string topic;
  std::int32_t partition = 0;
  std::string key;
  std::string value;
  std::map<std::string, std::string> headers;
};

inline Consumed consumed(const rd_kafka_message_t& message) {
  Consumed one;
  one.topic = rd_kafka_topic_name(message.rkt);
  one.partition = message.partition;
  one.key.assign(static_cast<const char*>(message.key), message.key_len);
  one.value.assign(static_cast<const char*>(message.payload), message.len);
  rd_kafka_headers_t* headers = nullptr;
  rd_kafka_message_headers(&message, &headers);
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       headers != nullptr && rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i)
    one.headers[name].assign(static_cast<const char*>(value), size);
  return one;
}

// Hands each record of these partitions to `each`: to the end of every partition, and until `enough` holds, or time is
// over.
template <class Each, class Enough>
void consume_each(const std::map<std::string, std::string>& properties, const std::string& topic, int partitions,
                  std::chrono::seconds at_most, Each&& each, Enough&& enough) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char reason[256];
  for (const auto& [name, value] : properties)
    EXPECT_EQ(rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason, sizeof reason), RD_KAFKA_CONF_OK) << reason;
  rd_kafka_conf_set(conf, "group.id", "test", nullptr, 0);
  rd_kafka_conf_set(conf, "enable.partition.eof", "true", nullptr, 0);
  rd_kafka_t* consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
  ASSERT_NE(consumer, nullptr) << reason;
  rd_kafka_poll_set_consumer(consumer);
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(partitions);
  for (int i = 0; i < partitions; ++i)
    rd_kafka_topic_partition_list_add(list, topic.c_str(), i)->offset = RD_KAFKA_OFFSET_BEGINNING;
  rd_kafka_assign(consumer, list);
  rd_kafka_topic_partition_list_destroy(list);

  const auto end = std::chrono::steady_clock::now() + at_most;
  std::set<std::int32_t> ended;
  while (std::chrono::steady_clock::now() < end && (!enough() || ended.size() < static_cast<std::size_t>(partitions))) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, 50);
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) ended.insert(message->partition);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      ended.erase(message->partition);
      each(consumed(*message));
    }
    rd_kafka_message_destroy(message);
  }
  rd_kafka_destroy(consumer);
}

// All of them.
inline std::vector<Consumed> consume(const std::map<std::string, std::string>& properties, const std::string& topic,
                                     int partitions, std::size_t count,
                                     std::chrono::seconds at_most = std::chrono::seconds(20)) {
  std::vector<Consumed> all;
  consume_each(
      properties, topic, partitions, at_most, [&](Consumed one) { all.push_back(std::move(one)); },
      [&] { return all.size() >= count; });
  return all;
}

// Messages with numbers for text, through a destination, as the sink's worker does it.
class KafkaSender {
 public:
  explicit KafkaSender(KafkaSettings settings) {
    auto opened = KafkaDestination::open(std::move(settings));
    if (!opened) {
      ADD_FAILURE() << opened.error().message;
      std::abort();
    }
    destination = std::move(*opened);
  }

  // Offers it once, without waiting for room.
  bool offer(Message message, std::string_view text) {
    message.text = text;
    return destination->send({&message, 1}, ledger) == 1;
  }

  // Until it is taken.
  void put(std::uint64_t id, const std::string& container = "", Priority priority = Priority::Notice) {
    const std::string text = std::to_string(id) + "\n";
    const std::string rule = "rule " + std::to_string(id % 3);
    Message message;
    message.id = id;
    message.rule = rule;
    message.container = container;
    message.priority = priority;
    ledger.produced();
    while (!offer(message, text)) destination->poll(ledger, std::chrono::milliseconds(10));
    destination->poll(ledger, std::chrono::milliseconds(0));
  }

  // Until nothing waits; false when something does after all that time.
  bool drain() {
    return poll_until([this] {
      const LedgerCounts counts = ledger.counts();
      return counts.queued + counts.spooled == 0;
    });
  }

  // Until that holds; false after 60 seconds, which are many since the machine may have others to serve.
  template <class Condition>
  bool poll_until(Condition&& holds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    do {
      destination->poll(ledger, std::chrono::milliseconds(10));
      if (holds()) return true;
    } while (std::chrono::steady_clock::now() < end);
    return false;
  }

  void poll_for(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) destination->poll(ledger, std::chrono::milliseconds(10));
  }

  Ledger ledger{"kafka"};
  std::unique_ptr<KafkaDestination> destination;
};

}  // namespace picket
