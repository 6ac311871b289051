// SPDX-License-Identifier: Apache-2.0
//
// What librdkafka tells of itself every few seconds, as far as we show it.
#pragma once

#include <optional>
#include <string_view>

#include "exporters/sink/client_statistics.h"

namespace picket {

using KafkaStatistics = ClientStatistics;

// From librdkafka's JSON; nothing when it is none.
std::optional<KafkaStatistics> parse_kafka_statistics(std::string_view json);

}  // namespace picket
