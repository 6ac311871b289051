// SPDX-License-Identifier: Apache-2.0
//
// The tree of a regular expression, between reading PCRE and writing RE2's POSIX syntax. Private to regex*.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/event/result.h"
#include "rules/sigma/regex.h"

namespace picket::sigma {

struct RegexNode {
  enum class Kind {
    Alternatives,  // children
    Sequence,      // children
    Repeat,        // one child, and `text` behind it: * + ? {2,3}
    One,           // one character or a class of them, `text` in POSIX syntax
    Begin,         // ^ of the text
    End,           // $ of the text: before a newline at its end, too
  };

  Kind kind = Kind::Sequence;
  std::string text;
  std::vector<RegexNode> children;
};

// Reads PCRE. Nesting is limited.
Result<RegexNode> read_regex(std::string_view pcre, RegexOptions options);

// One character of the text itself; letters in both cases when asked.
std::string regex_character(std::string_view character, bool any_case);

}  // namespace picket::sigma
