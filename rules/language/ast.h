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

namespace picket::language {

// A stretch of the condition's text, in bytes.
struct Span {
  std::size_t offset = 0;
  std::size_t length = 0;
};

enum class Operator {
#define OPERATOR(id, spelling, doc) id,
#include "rules/language/operators.def"
#undef OPERATOR
};

std::string_view spelling(Operator op);

struct Literal {
  std::string text;  // without quotes, escapes resolved
  bool quoted = false;
  Span span;
  // Set by rules/compile once the field's type is known. A text value views `text` above, so a Literal that was bound
  // must not be moved out of its node.
  Value value;
};

struct Node {
  enum class Kind { And, Or, Not, Macro, Check };

  Kind kind = Kind::Check;
  Span span;

  std::vector<std::unique_ptr<Node>> children;  // And, Or: two or more; Not: one

  std::string name;           // Macro: its name. Check: the field's name without the bracket
  std::string argument;       // Check: text in brackets
  bool has_argument = false;
  Operator op = Operator::Exists;
  std::vector<Literal> literals;  // Check: none for exists, one, or (in) any number

  const Field* field = nullptr;  // Check, after binding
  int index = -1;                // Check, after binding: the bracketed number
};

using NodePtr = std::unique_ptr<Node>;

// The canonical text: parsing it gives the same tree. Minimal parentheses, one blank between tokens, literals quoted
// only when they must be.
std::string print(const Node& node);

NodePtr clone(const Node& node);  // deep copy of an unbound tree

}  // namespace picket::language
