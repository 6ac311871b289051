// SPDX-License-Identifier: Apache-2.0
//
// How the memory for rings is divided: half for the lifecycle ring, half for those of the CPUs.
#pragma once

#include <cstdint>

namespace picket {

struct RingPlan {
  std::uint32_t lifecycle_bytes = 0;  // a power of two, as all sizes of rings
  std::uint32_t cpu_bytes = 0;        // of each of the others
  std::uint32_t count = 0;            // of the others, at least 1
  std::uint32_t shift = 0;            // CPU number >> shift: which of them
};

inline constexpr std::uint32_t kMostRings = 64;
inline constexpr std::uint32_t kLeastCpuBytes = 128u << 10;  // a ring that holds less than a few records serves nobody

// `bytes` and `cpus_per_ring` are powers of two. More CPUs share a ring when there would be too many rings or when they
// would get too small. CPU numbers are below `cpus`.
RingPlan plan_rings(std::uint32_t bytes, std::uint32_t cpus, std::uint32_t cpus_per_ring);

}  // namespace picket
