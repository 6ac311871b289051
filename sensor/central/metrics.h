// SPDX-License-Identifier: Apache-2.0
//
// What a member of picket central knows of itself, as samples of the metrics that there are.
#pragma once

#include <cstdint>

#include "exporters/kafka/consumer.h"
#include "exporters/metrics/samples.h"
#include "sensor/central/evaluation.h"
#include "sensor/central/member.h"

namespace picket::central {

struct MemberSources {
  const Member& member;
  const Evaluation& evaluation;
  const Outputs& outputs;
  const KafkaConsumer& consumer;
  std::uint64_t started = 0;  // nanoseconds since 1970
  std::size_t rules = 0;
};

// Of this moment; for the member's thread.
Samples measure(const MemberSources& sources);

}  // namespace picket::central
