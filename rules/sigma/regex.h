// SPDX-License-Identifier: Apache-2.0
//
// Regular expressions as Sigma writes them (PCRE, found anywhere in the text) in the form that Picket's `regex` takes
// (RE2 in POSIX syntax, of the whole text).
#pragma once

#include <string>
#include <string_view>

#include "rules/event/result.h"
#include "rules/sigma/pattern.h"

namespace picket::sigma {

struct RegexOptions {
  bool any_case = false;           // i: of ASCII letters
  bool by_line = false;            // m: ^ and $ are those of lines
  bool dot_takes_newline = false;  // s
};

// The error says what has no counterpart: look-around, back references, word boundaries, letters beyond ASCII
// without regard to case, an anchor that is neither at the front nor at the end.
Result<std::string> translate_regex(std::string_view pcre, RegexOptions options);

// A pattern as such an expression: for wildcards that stand for one character of UTF-8, which in globs are one byte.
std::string regex_of(const Pattern& pattern, bool any_case);

}  // namespace picket::sigma
