// SPDX-License-Identifier: Apache-2.0
//
// Small pieces of text that several rooms write the same way.
#pragma once

#include <charconv>
#include <concepts>
#include <iterator>
#include <string>
#include <string_view>

namespace picket {

// 'text', as messages name what the user wrote.
inline std::string quote(std::string_view text) { return "'" + std::string(text) + "'"; }

// Appends the number in decimal; allocates only when `out` grows.
template <std::integral Number>
void append_number(std::string& out, Number number) {
  char digits[24];  // 20 digits and a sign at most
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  out.append(digits, end);
}

}  // namespace picket
