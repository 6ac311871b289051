// SPDX-License-Identifier: Apache-2.0
#include "rules/event/time.h"

#include <chrono>

namespace picket {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kDay = 86400;

// Writes `number` as exactly `digits` digits and returns the place behind them.
char* put(char* at, std::uint64_t number, int digits) {
  for (int i = digits - 1; i >= 0; --i, number /= 10) at[i] = static_cast<char>('0' + number % 10);
  return at + digits;
}

}  // namespace

std::int64_t read_clock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * static_cast<std::int64_t>(kSecond) + now.tv_nsec;
}

std::uint64_t boot_clock() { return static_cast<std::uint64_t>(read_clock(CLOCK_BOOTTIME)); }

std::int64_t wall_clock_offset() { return read_clock(CLOCK_REALTIME) - read_clock(CLOCK_BOOTTIME); }

char* put_time_of_day(char* at, std::uint64_t time) {
  const std::uint64_t seconds = time / kSecond % kDay;
  at = put(at, seconds / 3600, 2);
  *at++ = ':';
  at = put(at, seconds / 60 % 60, 2);
  *at++ = ':';
  at = put(at, seconds % 60, 2);
  *at++ = '.';
  return put(at, time % kSecond, 9);
}

char* put_rfc3339(char* at, std::uint64_t time) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days(time / kSecond / kDay)}};
  at = put(at, static_cast<std::uint64_t>(int{date.year()}), 4);
  *at++ = '-';
  at = put(at, unsigned{date.month()}, 2);
  *at++ = '-';
  at = put(at, unsigned{date.day()}, 2);
  *at++ = 'T';
  at = put_time_of_day(at, time);
  *at++ = 'Z';
  return at;
}

}  // namespace picket
