// SPDX-License-Identifier: Apache-2.0
//
// Small pieces of text that several rooms write the same way.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "rules/event/decimal.h"

namespace picket {

// 'text', as messages name what the user wrote.
inline std::string quote(std::string_view text) { return "'" + std::string(text) + "'"; }

// Appends the number in decimal; allocates only when `out` grows.
template <std::integral Number>
void append_number(std::string& out, Number number) {
  char digits[kLongestDecimal];
  out.append(digits, put_decimal(digits, number));
}

}  // namespace picket
