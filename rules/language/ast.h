// SPDX-License-Identifier: Apache-2.0
//
// The condition tree. The parser makes it; rules/compile replaces macro nodes by their conditions and binds each check
// to its fields and typed literals; rules/match walks it. One type for all stages: `print` shows any of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rules/event/catalogue.h"
#include "rules/event/value.h"
#include "rules/language/operators.h"

namespace picket::language {

class Regex;

// A stretch of the condition's text, in bytes.
struct Span {
  std::size_t offset = 0;
  std::size_t length = 0;
};

// What a value is compared with.
struct Operand {
  Value value;
  std::uint8_t prefix = 0;             // bits that count, of an address that is a network
  std::shared_ptr<const Regex> regex;  // for `regex`: compiled once, shared by all rules that have the pattern
};

struct Literal {
  std::string text;     // without quotes, escapes resolved
  bool quoted = false;  // a bare word may be the name of a field or list that was misspelt
  Span span;
  // Set by rules/compile once the field's type is known. A text value views `bytes` when there are any, or `text`, so a
  // Literal that was bound must not be moved out of its node.
  Operand bound;
  std::string bytes;  // those that a hexadecimal literal stands for
};

// What has a value: a field, a function of such, or among a function's arguments a text or a list.
struct Term {
  enum class Kind { Field, Call, Text, List };

  Kind kind = Kind::Field;
  Span span;
  std::string name;  // Field: without the bracket; Call: the function's; Text: the text
  bool quoted = false;
  std::string argument;  // Field, Call: text in brackets
  bool has_argument = false;
  std::vector<Term> terms;  // Call: the arguments; List: the elements

  // After binding.
  Function function = Function::Val;
  const Field* field = nullptr;
  int index = -1;  // the bracketed number
  Type type = Type::Text;
  bool many = false;  // it stands for several values; `several` says what checks make of them
  Several several = Several::Any;

  // The field that is compared as it is, or nullptr.
  const Field* plain_field() const { return kind == Kind::Field ? field : nullptr; }
};

struct Node {
  enum class Kind { And, Or, Not, Macro, Check };

  Kind kind = Kind::Check;
  Span span;  // parentheses around the node are not part of it

  std::vector<std::unique_ptr<Node>> children;  // And, Or: two or more; Not: one

  std::string macro;  // Macro: its name

  // Check: the left side, the operator, and on the right literals or another term.
  Term left;
  Operator op = Operator::Exists;
  Modifier modifier = Modifier::None;
  Span op_span;
  // None for exists, one, or (in, intersects, pmatch, modifiers) any number. The literals of a bound `in` and
  // `intersects` are sorted by value (see before()), and none is there twice.
  std::vector<Literal> literals;
  std::unique_ptr<Term> right;
};

using NodePtr = std::unique_ptr<Node>;

// The canonical text: parsing it gives the same tree. Minimal parentheses, one blank between tokens, literals quoted
// when they must be (and as they were written as long as they are not bound).
std::string print(const Node& node);
std::string print(const Term& term);

// How many parentheses and `not` stand around the innermost check of print(node): what the parser limits.
std::size_t nesting(const Node& node);

// Deep copy, bound or not.
NodePtr clone(const Node& node);

// Calls `use` with every field in the term.
template <class Use>
void for_each_field(const Term& term, Use use) {
  if (term.field != nullptr) use(*term.field);
  for (const Term& inner : term.terms) for_each_field(inner, use);
}

// And with every one in a check, or below it in the tree.
template <class Use>
void for_each_field(const Node& node, Use use) {
  for_each_field(node.left, use);
  if (node.right) for_each_field(*node.right, use);
  for (const std::unique_ptr<Node>& child : node.children) for_each_field(*child, use);
}

// A strict order of present values of one type.
bool before(const Value& a, const Value& b);

}  // namespace picket::language
