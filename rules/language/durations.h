// SPDX-License-Identifier: Apache-2.0
//
// Durations as rule files write them: a whole number and a unit, without a blank (500ms, 90s, 1m, 1h).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace picket {

struct DurationUnit {
  std::string_view name;
  std::uint64_t nanoseconds;
};

// Each is a multiple of the one before it.
inline constexpr DurationUnit kDurationUnits[] = {
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60'000'000'000},
    {"h", 3'600'000'000'000},
};

// In nanoseconds; nothing when the text is none, or is longer than 584 years.
std::optional<std::uint64_t> parse_duration(std::string_view text);

}  // namespace picket
