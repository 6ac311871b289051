// SPDX-License-Identifier: Apache-2.0
//
// Text from anywhere, made safe for a terminal and for the person who reads it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace picket {

inline constexpr std::size_t kWholeText = std::size_t{1} << 20;

// Appends `text`, of which at most `longest` bytes are shown; controls, what reorders or hides text, and what is not
// UTF-8 are escaped. Columns are set apart by two blanks, and a command line by quotation marks: neither can be
// counterfeited, because the second blank of a run and every quotation mark are escaped. Returns the number of columns,
// taking every character for one.
std::size_t append_terminal_text(std::string& out, std::string_view text, std::size_t longest);

}  // namespace picket
