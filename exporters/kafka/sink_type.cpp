// SPDX-License-Identifier: Apache-2.0
#include "exporters/kafka/sink_type.h"

#include <unistd.h>

#include <array>
#include <fstream>
#include <string>

#include "exporters/format/product.h"
#include "exporters/kafka/client_configuration.h"
#include "exporters/kafka/destination.h"

namespace picket {

namespace {

constexpr std::string_view kProperties = "properties.";

// Of this machine; the name of the host where there is none (a container image without one).
std::string machine_id() {
  std::string id;
  std::getline(std::ifstream("/etc/machine-id"), id);
  if (!id.empty()) return id;
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

}  // namespace

Result<void> check_kafka_topic(std::string_view text) {
  const auto topic = TopicTemplate::parse(text);
  return topic ? Result<void>() : topic.error();
}

Result<void> check_kafka_key(std::string_view text) {
  const auto key = parse_kafka_key(text);
  return key ? Result<void>() : key.error();
}

Result<void> check_kafka_spool_mode(std::string_view text) {
  const auto mode = parse_kafka_spool_mode(text);
  return mode ? Result<void>() : mode.error();
}

Result<KafkaSettings> read_kafka_settings(const SinkSettings& settings) {
  KafkaSettings result;
  result.brokers = settings.get("brokers");
  result.topic = settings.get("topic", result.topic);
  result.key = *parse_kafka_key(settings.get("key", "host"));
  result.host = settings.has("host") ? std::string(settings.get("host")) : machine_id();
  result.schema = settings.get("schema");
  result.version = kProductVersion;
  for (const auto& [key, value] : settings.values())
    if (key.starts_with(kProperties)) result.properties.emplace_back(key.substr(kProperties.size()), value);

  result.spool_directory = settings.get("spool.directory");
  result.spool =
      *parse_kafka_spool_mode(settings.get("spool.mode", result.spool_directory.empty() ? "none" : "overflow"));
  if (settings.has("spool.size")) result.spool_budget = *parse_size(settings.get("spool.size"));
  if (result.spool != KafkaSpoolMode::None && result.spool_directory.empty())
    return Error{"kafka: spool.mode needs spool.directory", "spool: {directory: /var/lib/picket/spool-kafka}"};
  if (result.spool == KafkaSpoolMode::None && !result.spool_directory.empty())
    return Error{"kafka: spool.directory is given, and spool.mode is none", "what is in the spool would never be sent"};
  return result;
}

Result<void> check_kafka(const SinkSettings& settings) {
  const auto read = read_kafka_settings(settings);
  if (!read) return read.error();
  return check_client_properties(*read);
}

Result<std::unique_ptr<Destination>> make_kafka(const SinkSettings& settings) {
  auto read = read_kafka_settings(settings);
  if (!read) return read.error();
  auto opened = KafkaDestination::open(std::move(*read));
  if (!opened) return opened.error();
  return std::unique_ptr<Destination>(std::move(*opened));
}

Result<void> connect_kafka(const SinkSettings& settings, std::chrono::milliseconds wait) {
  const auto read = read_kafka_settings(settings);
  if (!read) return read.error();
  return check_kafka_connection(*read, wait);
}

}  // namespace picket
