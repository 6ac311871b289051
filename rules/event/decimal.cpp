// SPDX-License-Identifier: Apache-2.0
#include "rules/event/decimal.h"

#include <cstring>

namespace picket {
namespace {

// Each returns the place behind what it wrote.
char* put_two(char* at, std::uint32_t number) {
  std::memcpy(at, kDigitPairs.of[number], 2);
  return at + 2;
}

// One digit or two.
char* put_short(char* at, std::uint32_t number) {
  if (number >= 10) return put_two(at, number);
  *at = static_cast<char>('0' + number);
  return at + 1;
}

// A number of five digits or more: the last four are divided as numbers of 32 bits, which costs half of what it does
// with 64. Apart from the others, which need nothing to be kept.
[[gnu::noinline]] char* put_long(char* at, std::uint64_t number) {
  at = put_decimal(at, number / 10'000);
  const auto four = static_cast<std::uint32_t>(number % 10'000);
  return put_two(put_two(at, four / 100), four % 100);
}

}  // namespace

// Most numbers have one digit, most of the others four at most.
char* put_decimal(char* at, std::uint64_t number) {
  if (number < 100) return put_short(at, static_cast<std::uint32_t>(number));
  if (number >= 10'000) return put_long(at, number);
  const auto four = static_cast<std::uint32_t>(number);
  return put_two(put_short(at, four / 100), four % 100);
}

char* put_decimal(char* at, std::int64_t number) {
  const auto bits = static_cast<std::uint64_t>(number);
  if (number >= 0) return put_decimal(at, bits);
  *at = '-';
  return put_decimal(at + 1, 0 - bits);
}

}  // namespace picket
