// SPDX-License-Identifier: Apache-2.0
#include "rules/event/decimal.h"

#include <bit>
#include <cstddef>
#include <cstring>

namespace picket {
namespace {

// The least number of so many digits.
constexpr std::uint64_t kLeast[] = {0,
                                    0,
                                    10,
                                    100,
                                    1'000,
                                    10'000,
                                    100'000,
                                    1'000'000,
                                    10'000'000,
                                    100'000'000,
                                    1'000'000'000,
                                    10'000'000'000,
                                    100'000'000'000,
                                    1'000'000'000'000,
                                    10'000'000'000'000,
                                    100'000'000'000'000,
                                    1'000'000'000'000'000,
                                    10'000'000'000'000'000,
                                    100'000'000'000'000'000,
                                    1'000'000'000'000'000'000,
                                    10'000'000'000'000'000'000u};

// 1233 / 4096 is the logarithm of 2 to the base of 10, near enough for 64 bits: the digits, or one less.
unsigned digits_of(std::uint64_t number) {
  const unsigned about = static_cast<unsigned>(std::bit_width(number)) * 1233 / 4096 + 1;
  return about - (number < kLeast[about] ? 1 : 0);
}

}  // namespace

// From the end on. Most numbers have one digit.
char* put_decimal(char* at, std::uint64_t number) {
  char* const end = number < 10 ? at + 1 : at + digits_of(number);
  for (char* pair = end; number >= 100;) {
    const std::uint64_t rest = number / 100;
    pair -= 2;
    std::memcpy(pair, kDigitPairs.of[number - rest * 100], 2);
    number = rest;
  }
  if (number < 10) {
    *at = static_cast<char>('0' + number);
  } else {
    std::memcpy(at, kDigitPairs.of[number], 2);
  }
  return end;
}

char* put_decimal(char* at, std::int64_t number) {
  const auto bits = static_cast<std::uint64_t>(number);
  if (number >= 0) return put_decimal(at, bits);
  *at = '-';
  return put_decimal(at + 1, 0 - bits);
}

}  // namespace picket
