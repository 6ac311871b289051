// SPDX-License-Identifier: Apache-2.0
//
// Condition text -> tree. The grammar stands above the parser in parser.cpp.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "rules/language/ast.h"

namespace picket::language {

struct SyntaxError {
  Span span;  // the offending text; empty at the end of the condition
  std::string message;
  std::string hint;  // may be empty
};

// Parses a whole condition. Names of fields and macros are not looked up. Nesting is limited to 1,000.
// Thread-safe. Never throws on any bytes (fuzzed).
std::variant<NodePtr, SyntaxError> parse(std::string_view condition);

}  // namespace picket::language
