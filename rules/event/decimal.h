// SPDX-License-Identifier: Apache-2.0
//
// Numbers in decimal, two digits at a time. Alerts are full of them.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace picket {

// "00" to "99".
struct DigitPairs {
  char of[100][2];
};
inline constexpr DigitPairs kDigitPairs = [] {
  DigitPairs pairs{};
  for (int i = 0; i < 100; ++i) {
    pairs.of[i][0] = static_cast<char>('0' + i / 10);
    pairs.of[i][1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

// Writes the number without a NUL. Returns the place behind it.
inline constexpr std::size_t kLongestDecimal = sizeof("-9223372036854775808") - 1;  // and 18446744073709551615
char* put_decimal(char* at, std::uint64_t number);
char* put_decimal(char* at, std::int64_t number);

// The same of the other types.
template <std::integral Number>
[[gnu::always_inline]] inline char* put_decimal(char* at, Number number) {
  if constexpr (std::is_signed_v<Number>) {
    return put_decimal(at, std::int64_t{number});
  } else {
    return put_decimal(at, std::uint64_t{number});
  }
}

}  // namespace picket
