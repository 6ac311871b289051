// SPDX-License-Identifier: Apache-2.0
//
// What the configuration may say of a sink of type kafka: docs/kafka.md in rows.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "exporters/kafka/settings.h"
#include "exporters/sink/sink_types.h"

namespace picket {

Result<void> check_kafka_topic(std::string_view text);
Result<void> check_kafka_key(std::string_view text);
Result<void> check_kafka_spool_mode(std::string_view text);

inline constexpr SinkOption kKafkaOptions[] = {
    {.key = "brokers", .expects = "HOST:PORT[,HOST:PORT]...", .doc = "Where to begin.", .required = true},
    {.key = "topic",
     .expects = "NAME",
     .doc = "The topic; {type} is alerts, events or health, {kind} what it is about.",
     .check = check_kafka_topic},
    {.key = "key",
     .expects = "host|container|process|rule",
     .doc = "What shares a partition, and so its order.",
     .check = check_kafka_key},
    {.key = "host", .expects = "TEXT", .doc = "The name of this host in keys and headers."},
    {.key = "schema", .expects = "TEXT", .doc = "The header `schema`, as ocsf/1.8.0."},
    {.key = "spool.directory", .expects = "PATH", .doc = "Where messages wait on disk.", .check = check_path},
    {.key = "spool.mode",
     .expects = "none|overflow|durable",
     .doc = "Which ones wait there.",
     .check = check_kafka_spool_mode},
    {.key = "spool.size", .expects = "BYTES", .doc = "How large it may be.", .check = check_size},
    {.key = "properties.*", .expects = "TEXT", .doc = "Any property of librdkafka, by its own name."},
};

// The settings as KafkaSettings: with the machine id for a host when nothing is said.
Result<KafkaSettings> read_kafka_settings(const SinkSettings& settings);

// Whether the properties are librdkafka's, have values that it takes, and go together with the rest.
Result<void> check_kafka(const SinkSettings& settings);

Result<std::unique_ptr<Destination>> make_kafka(const SinkSettings& settings);

// Asks the brokers; opens no spool.
Result<void> connect_kafka(const SinkSettings& settings, std::chrono::milliseconds wait);

}  // namespace picket
