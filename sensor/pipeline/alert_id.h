// SPDX-License-Identifier: Apache-2.0
//
// Ids of alerts: unique, and rising, over all runs of the sensor on one host.
//
// A run begins with its start in milliseconds since 1970, moved up by 21 bits, and counts from there. So it takes two
// million alerts within each millisecond of a run to come near the next one's first id, and no file that says where
// the last run ended. What a clock that is set back does: the next run's ids are lower than the last one's, by as much;
// they are still others, unless both runs began in the same millisecond of the clock. Ids stay below 2^63 until 2109.
#pragma once

#include <chrono>
#include <cstdint>

namespace picket {

inline constexpr unsigned kAlertIdBits = 21;  // for counting

// The first id of a run that starts at that time.
inline std::uint64_t first_alert_id(std::chrono::system_clock::time_point start) {
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(start.time_since_epoch()).count();
  return static_cast<std::uint64_t>(since < 1 ? 1 : since) << kAlertIdBits;
}

}  // namespace picket
