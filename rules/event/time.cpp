// SPDX-License-Identifier: Apache-2.0
#include "rules/event/time.h"

#include <chrono>
#include <cstring>

#include "rules/event/decimal.h"

namespace picket {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kDay = 86400;

// Each writes a number as exactly so many digits and returns the place behind them.
char* put2(char* at, std::uint32_t number) {
  std::memcpy(at, kDigitPairs.of[number], 2);
  return at + 2;
}
char* put4(char* at, std::uint32_t number) { return put2(put2(at, number / 100), number % 100); }

}  // namespace

std::int64_t read_clock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * static_cast<std::int64_t>(kSecond) + now.tv_nsec;
}

std::uint64_t boot_clock() { return static_cast<std::uint64_t>(read_clock(CLOCK_BOOTTIME)); }

std::int64_t wall_clock_offset() { return read_clock(CLOCK_REALTIME) - read_clock(CLOCK_BOOTTIME); }

char* put_fraction(char* at, std::uint32_t nanoseconds) {
  *at++ = static_cast<char>('0' + nanoseconds / 100'000'000);
  return put4(put4(at, nanoseconds / 10'000 % 10'000), nanoseconds % 10'000);
}

char* put_time_of_day(char* at, std::uint64_t time) {
  const auto seconds = static_cast<std::uint32_t>(time / kSecond % kDay);
  at = put2(at, seconds / 3600);
  *at++ = ':';
  at = put2(at, seconds / 60 % 60);
  *at++ = ':';
  at = put2(at, seconds % 60);
  *at++ = '.';
  return put_fraction(at, static_cast<std::uint32_t>(time % kSecond));
}

char* put_rfc3339(char* at, std::uint64_t time) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days(time / kSecond / kDay)}};
  at = put4(at, static_cast<std::uint32_t>(int{date.year()}));
  *at++ = '-';
  at = put2(at, unsigned{date.month()});
  *at++ = '-';
  at = put2(at, unsigned{date.day()});
  *at++ = 'T';
  at = put_time_of_day(at, time);
  *at++ = 'Z';
  return at;
}

}  // namespace picket
