// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/ring_plan.h"

#include <algorithm>
#include <bit>

namespace picket {

RingPlan plan_rings(std::uint32_t bytes, std::uint32_t cpus, std::uint32_t cpus_per_ring) {
  const std::uint32_t half = bytes / 2;
  const std::uint32_t most = std::clamp(half / kLeastCpuBytes, 1u, kMostRings);
  RingPlan plan{.lifecycle_bytes = half};
  for (plan.shift = static_cast<std::uint32_t>(std::countr_zero(cpus_per_ring));; ++plan.shift) {
    plan.count = ((cpus - 1) >> plan.shift) + 1;
    if (plan.count <= most) break;
  }
  plan.cpu_bytes = std::bit_floor(half / plan.count);
  return plan;
}

}  // namespace picket
