// SPDX-License-Identifier: Apache-2.0
//
// About 3 KB of JSON a broker every ten seconds: a DOM is good enough.
#include "exporters/kafka/statistics.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace picket {

namespace {

using Json = nlohmann::json;

// The number at that path, or 0: versions of librdkafka differ in what they tell.
std::uint64_t number(const Json& at, const char* path) {
  const Json::json_pointer pointer(path);
  if (!at.contains(pointer)) return 0;
  const Json& value = at[pointer];
  if (!value.is_number_integer() || (!value.is_number_unsigned() && value.get<std::int64_t>() < 0)) return 0;
  return value.get<std::uint64_t>();
}

}  // namespace

std::optional<KafkaStatistics> parse_kafka_statistics(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  KafkaStatistics result;
  result.queued_messages = number(json, "/msg_cnt");
  result.queued_bytes = number(json, "/msg_size");
  result.sent_messages = number(json, "/txmsgs");
  result.sent_bytes = number(json, "/txmsg_bytes");
  result.producer_epochs = number(json, "/eos/epoch_cnt");
  const auto brokers = json.find("brokers");
  if (brokers == json.end() || !brokers->is_object()) return result;
  for (const Json& broker : *brokers) {
    if (!broker.is_object() || (broker.contains("nodeid") && broker["nodeid"] == -1)) continue;  // only for bootstrap
    ++result.brokers;
    result.brokers_up += broker.contains("state") && broker["state"] == "UP" ? 1 : 0;
    result.errors += number(broker, "/txerrs");
    result.retries += number(broker, "/txretries");
    result.round_trip_p99_us = std::max(result.round_trip_p99_us, number(broker, "/rtt/p99"));
    result.throttled_ms = std::max(result.throttled_ms, number(broker, "/throttle/avg"));
  }
  return result;
}

}  // namespace picket
