// SPDX-License-Identifier: Apache-2.0
//
// The clocks that events are told by, and times as text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>

namespace picket {

// Nanoseconds of a clock of clock_gettime(2).
std::int64_t read_clock(clockid_t clock);

// Nanoseconds of the boot clock, the clock of every event.
std::uint64_t boot_clock();

// Nanoseconds to add to times of the boot clock for the time since 1970, at this moment.
std::int64_t wall_clock_offset();

// UTC, from nanoseconds since 1970. Each writes exactly as many bytes as its constant says, without a NUL, and returns
// the place behind them.
inline constexpr std::size_t kTimeOfDaySize = sizeof("14:03:22.123456789") - 1;
char* put_time_of_day(char* at, std::uint64_t time);
inline constexpr std::size_t kRfc3339Size = sizeof("2026-08-07T14:03:22.123456789Z") - 1;
char* put_rfc3339(char* at, std::uint64_t time);

// The nine digits behind the point, of a number below 1,000,000,000.
inline constexpr std::size_t kFractionSize = sizeof("123456789") - 1;
char* put_fraction(char* at, std::uint32_t nanoseconds);

}  // namespace picket
