// SPDX-License-Identifier: Apache-2.0
//
// What is to be known about a Kafka sink, and what can be wrong with it before a broker is asked. docs/kafka.md is the
// user's side of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporters/sink/message.h"
#include "rules/event/result.h"

namespace picket {

// What decides the partition: messages with the same key arrive in order.
enum class KafkaKey { Host, Container, Process, Rule };

// What stands on the disk between the sensor and the broker.
enum class KafkaSpoolMode {
  None,      // nothing: while the broker is away, messages wait in memory
  Overflow,  // what the broker does not take in time
  Durable,   // every message, before it is sent
};

struct KafkaSettings {
  std::string brokers;                  // "host:port,host:port"
  std::string topic = "picket.{type}";  // {type}: alerts, events or health; {kind}: of the event
  KafkaKey key = KafkaKey::Host;
  std::string host;                                             // the key and header of this host: its machine id
  std::string schema;                                           // of what the sink's format writes: the header `schema`
  std::string version;                                          // of the sensor: the header `version`
  std::vector<std::pair<std::string, std::string>> properties;  // librdkafka's own names; they win over our defaults

  KafkaSpoolMode spool = KafkaSpoolMode::None;
  std::string spool_directory;
  std::uint64_t spool_budget = std::uint64_t{1} << 30;

  std::chrono::milliseconds retry_interval{1000};  // between attempts after the broker sent something back
};

// The value of a setting by its name; an error says which there are.
Result<KafkaKey> parse_kafka_key(std::string_view text);
Result<KafkaSpoolMode> parse_kafka_spool_mode(std::string_view text);

// A topic's name, in which {type} and {kind} stand for what the message says.
class TopicTemplate {
 public:
  static Result<TopicTemplate> parse(std::string_view text);

  // Writes the name over `out`.
  void expand(const Message& message, std::string& out) const;

  // All topics that can come of it when no {kind} is in it; otherwise nothing, since kinds are many.
  std::vector<std::string> all() const;

 private:
  enum class Part { Text, Type, Kind };
  std::vector<std::pair<Part, std::string>> parts_;
};

// The key of a message: views into the message or the settings. A message that has no container, process or rule
// goes where those of the host go.
std::string_view kafka_key_of(const KafkaSettings& settings, const Message& message);

}  // namespace picket
