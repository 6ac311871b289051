// SPDX-License-Identifier: Apache-2.0
//
// The number by which librdkafka reports on a message: where it is kept while it is under way. Private to the room.
//
//   bit 63 set    in the spool: priority (3 bits), ordinal (60 bits)
//   bit 63 clear  nowhere else: priority (3 bits), a number that counts up (60 bits)
#pragma once

#include <cstdint>

#include "exporters/spool/spool.h"
#include "rules/event/alert.h"

namespace picket {

struct MessageNumber {
  bool spooled = false;
  Priority priority = Priority::Notice;
  SpooledRecord::Position position;

  static constexpr unsigned kCountBits = 60;
  static constexpr std::uint64_t kSpooled = std::uint64_t{1} << 63;
  static_assert(kSpoolPriorities <= 8);

  static MessageNumber of(std::uint64_t number) {
    const auto priority = static_cast<unsigned>((number & ~kSpooled) >> kCountBits);
    return {(number & kSpooled) != 0, static_cast<Priority>(priority), {priority, count_of(number)}};
  }
  static std::uint64_t count_of(std::uint64_t number) { return number & ((std::uint64_t{1} << kCountBits) - 1); }
};

inline std::uint64_t direct_number(std::uint64_t count, Priority priority) {
  return static_cast<std::uint64_t>(priority) << MessageNumber::kCountBits | count;
}

inline std::uint64_t spooled_number(SpooledRecord::Position position) {
  return MessageNumber::kSpooled | std::uint64_t{position.priority} << MessageNumber::kCountBits | position.ordinal;
}

}  // namespace picket
