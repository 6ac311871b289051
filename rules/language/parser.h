// SPDX-License-Identifier: Apache-2.0
//
// Condition text -> tree. The grammar stands above the parser in parser.cpp.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "rules/language/ast.h"

namespace picket::language {

// Parentheses and `not` around one check, macros included.
inline constexpr std::size_t kMaxNesting = 1000;

struct SyntaxError {
  Span span;  // the offending text; empty at the end of the condition
  std::string message;
  std::string hint;  // may be empty
};

struct ParsedTerm {
  Term term;
  std::size_t length = 0;  // of the text that it took
};

// Parses a field or call at the beginning of a text; more may follow.
std::variant<ParsedTerm, SyntaxError> parse_term(std::string_view text);

// Parses a whole condition. Names of fields and macros are not looked up. Nesting is limited to kMaxNesting.
// Thread-safe. Never throws on any bytes (fuzzed).
std::variant<NodePtr, SyntaxError> parse(std::string_view condition);

}  // namespace picket::language
