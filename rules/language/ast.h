// SPDX-License-Identifier: Apache-2.0
//
// The condition tree. The parser makes it; rules/compile replaces macro nodes by their conditions and binds each check
// to its field and typed literals; rules/match walks it. One type for all stages: `print` shows any of them.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rules/event/catalogue.h"
#include "rules/event/value.h"
#include "rules/language/operators.h"

namespace picket::language {

// A stretch of the condition's text, in bytes.
struct Span {
  std::size_t offset = 0;
  std::size_t length = 0;
};

struct Literal {
  std::string text;     // without quotes, escapes resolved
  bool quoted = false;  // a bare word may still be the name of a list
  Span span;
  // Set by rules/compile once the field's type is known. A text value views `text` above, so a Literal that was bound
  // must not be moved out of its node.
  Value value;
};

struct Node {
  enum class Kind { And, Or, Not, Macro, Check };

  Kind kind = Kind::Check;
  Span span;  // parentheses around the node are not part of it

  std::vector<std::unique_ptr<Node>> children;  // And, Or: two or more; Not: one

  std::string name;      // Macro: its name. Check: the field's name without the bracket
  std::string argument;  // Check: text in brackets
  bool has_argument = false;
  Operator op = Operator::Exists;
  Span op_span;
  // Check: none for exists, one, or (in) any number. The literals of a bound `in` are sorted by value (see before())
  // and none is there twice.
  std::vector<Literal> literals;
  bool list_name = false;  // Check, before binding: `in` without parentheses, so the one literal must name a list

  const Field* field = nullptr;  // Check, after binding
  int index = -1;                // Check, after binding: the bracketed number
};

using NodePtr = std::unique_ptr<Node>;

// The canonical text: parsing it gives the same tree. Minimal parentheses, one blank between tokens, literals quoted
// when they must be (and as they were written as long as a bare word could name a list).
std::string print(const Node& node);

// How many parentheses and `not` stand around the innermost check of print(node): what the parser limits.
std::size_t nesting(const Node& node);

// Deep copy, bound or not.
NodePtr clone(const Node& node);

// A strict order of present values of one type.
bool before(const Value& a, const Value& b);

}  // namespace picket::language
