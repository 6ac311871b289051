// SPDX-License-Identifier: Apache-2.0
//
// Which fields the kernel can know: those whose value follows from one lane alone.
#pragma once

#include <cstdint>
#include <optional>

#include "rules/event/catalogue.h"
#include "rules/plan/lane.h"

namespace picket::planning {

// How the value is made of the lane's key. See dependence.def.
enum class Shape {
  Number,
  Bits,
  Named,
  Family,
  IpNumber,
  Address,
  Path,
  DirectoryOf,
  LastOf,
  Task,
  Digest,
  Cgroup,
  Metadata
};

struct Dependence {
  Lane lane = 0;  // of paths the directories' lane, whatever the part
  Shape shape = Shape::Number;
  std::uint64_t mask = 0;  // Bits
};

// Nothing when it takes more than one lane, or what the kernel does not look at. Thread-safe.
std::optional<Dependence> dependence(const Field& field, Kind kind);

}  // namespace picket::planning
