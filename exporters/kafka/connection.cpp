// SPDX-License-Identifier: Apache-2.0
//
// `picket check-config --connect`: what only a broker can say of the settings.
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "exporters/kafka/producer.h"

namespace picket {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct MetadataDeleter {
  void operator()(const rd_kafka_metadata_t* metadata) const { rd_kafka_metadata_destroy(metadata); }
};
struct TopicDeleter {
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
};

constexpr milliseconds kSlice{250};  // of the wait, after which is asked whether it is of any use

// No longer than to the deadline, and no longer than a slice.
int until(Clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - Clock::now());
  return static_cast<int>(std::clamp(left, milliseconds(1), kSlice).count());
}

Result<void> check_topic(KafkaProducer& producer, const std::string& name, Clock::time_point deadline) {
  const std::unique_ptr<rd_kafka_topic_t, TopicDeleter> topic(
      rd_kafka_topic_new(producer.handle(), name.c_str(), nullptr));
  const rd_kafka_metadata_t* raw = nullptr;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  do {
    error = rd_kafka_metadata(producer.handle(), 0, topic.get(), &raw, until(deadline));
    producer.poll(milliseconds(0));  // why there was no answer comes as an error
  } while (error != RD_KAFKA_RESP_ERR_NO_ERROR && !producer.refused() && Clock::now() < deadline);
  const std::unique_ptr<const rd_kafka_metadata_t, MetadataDeleter> metadata(raw);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const std::string why = producer.trouble().empty() ? rd_kafka_err2str(error) : producer.trouble();
    return Error{"kafka: no broker answers: " + why, "check brokers, security.protocol, certificates and credentials"};
  }
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const rd_kafka_metadata_topic_t& found = metadata->topics[i];
    if (found.topic != name || found.err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
      return Error{"kafka: topic '" + name + "' does not exist", "create it; docs/kafka.md has recommended settings"};
    return Error{"kafka: topic '" + name + "': " + rd_kafka_err2str(found.err), ""};
  }
  return {};
}

}  // namespace

Result<void> check_kafka_connection(const KafkaSettings& settings, milliseconds wait) {
  auto topic = TopicTemplate::parse(settings.topic);
  if (!topic) return topic.error();
  auto producer = KafkaProducer::create(settings, [](const KafkaReport&) {});
  if (!producer) return producer.error();
  const auto deadline = Clock::now() + wait;
  for (const std::string& name : topic->all())
    if (auto there = check_topic(**producer, name, deadline); !there) return there;
  return {};
}

}  // namespace picket
