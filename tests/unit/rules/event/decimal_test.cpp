// SPDX-License-Identifier: Apache-2.0
#include "rules/event/decimal.h"

#include <gtest/gtest.h>

#include <string>

namespace picket {
namespace {

template <class Number>
std::string text_of(Number number) {
  char text[20];
  return {text, put_decimal(text, number)};
}

// Around every power of ten and of two, where the number of digits or of bits changes.
TEST(Decimal, IsWhatTheLibraryWrites) {
  for (const std::uint64_t base : {2u, 10u}) {
    for (std::uint64_t power = 1;; power *= base) {
      for (const std::uint64_t number : {power - 1, power, power + 1, power / 3 * 2, 0 - power}) {
        EXPECT_EQ(text_of(number), std::to_string(number));
        const auto whole = static_cast<std::int64_t>(number);
        EXPECT_EQ(text_of(whole), std::to_string(whole));
      }
      if (power > UINT64_MAX / base) break;
    }
  }
  EXPECT_EQ(text_of(UINT64_MAX), "18446744073709551615");
  EXPECT_EQ(text_of(INT64_MIN), "-9223372036854775808");
}

}  // namespace
}  // namespace picket
