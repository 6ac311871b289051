// SPDX-License-Identifier: Apache-2.0
//
// Tree -> canonical text.
#include <algorithm>
#include <iterator>

#include "rules/language/ast.h"
#include "rules/language/lexer.h"

namespace picket::language {
namespace {

// A sequence needs parentheses in a tighter one, and in one of its own kind: `a and (b and c)` is not `a and b and c`.
bool needs_parentheses(const Node& child, const Node& parent) {
  const bool sequence = child.kind == Node::Kind::And || child.kind == Node::Kind::Or;
  return sequence && !(child.kind == Node::Kind::And && parent.kind == Node::Kind::Or);
}

void append_byte(std::string& out, char byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto* escape = std::find_if(std::begin(kEscapes), std::end(kEscapes),
                                    [byte](const Escape& row) { return row.byte == byte && byte != '/'; });
  const auto number = static_cast<unsigned char>(byte);
  if (escape != std::end(kEscapes)) {
    out += {'\\', escape->letter};
  } else if (byte == '"') {
    out += "\\\"";
  } else if (number < 0x20 || number == 0x7f) {
    out += {'\\', 'x', kDigits[number / 16], kDigits[number % 16]};
  } else {
    out += byte;
  }
}

void append_quoted(std::string& out, std::string_view text) {
  // A closing quote right after a backslash would not close: the last backslash is written as its number.
  const bool backslash = text.ends_with('\\');
  if (backslash) text.remove_suffix(1);
  out += '"';
  for (const char byte : text) append_byte(out, byte);
  if (backslash) out += "\\x5c";
  out += '"';
}

// Without quotes when every byte may stand so.
void append_string(std::string& out, std::string_view text, bool (*plain)(char)) {
  const bool bare = !text.empty() && std::all_of(text.begin(), text.end(), plain);
  if (!bare) return append_quoted(out, text);
  out += text;
}

void append_literal(std::string& out, const Literal& literal) {
  const bool bound = literal.bound.value.index() != 0;
  if (literal.quoted && !bound) return append_quoted(out, literal.text);
  append_string(out, literal.text, is_bare);
}

void append_terms(std::string& out, const std::vector<Term>& terms);

void append_term(std::string& out, const Term& term) {
  switch (term.kind) {
    case Term::Kind::Text:
      return term.quoted ? append_quoted(out, term.name) : void(out += term.name);
    case Term::Kind::List:
      return append_terms(out, term.terms);
    case Term::Kind::Call:
      out += term.name;
      append_terms(out, term.terms);
      break;
    case Term::Kind::Field:
      out += term.name;
      break;
  }
  if (!term.has_argument) return;
  out += '[';
  append_string(out, term.argument, is_argument);
  out += ']';
}

void append_terms(std::string& out, const std::vector<Term>& terms) {
  out += '(';
  for (const Term& term : terms) {
    if (&term != &terms.front()) out += ", ";
    append_term(out, term);
  }
  out += ')';
}

void append_check(std::string& out, const Node& node) {
  append_term(out, node.left);
  out += ' ';
  out += spelling(node.op);
  const Operands operands = row(node.op).operands;
  if (operands == Operands::None) return;
  if (node.right) {
    out += ' ';
    return append_term(out, *node.right);
  }
  for (const ModifierRow& row : kModifiers) {
    if (row.id == node.modifier) (out += ' ') += row.spelling;
  }
  const bool parentheses = operands == Operands::Many || node.modifier != Modifier::None;
  out += parentheses ? " (" : " ";
  for (const Literal& literal : node.literals) {
    if (&literal != &node.literals.front()) out += ", ";
    // Numbers behind < and the like have no quotes.
    operands == Operands::Number ? void(out += literal.text) : append_literal(out, literal);
  }
  if (parentheses) out += ')';
}

void append(std::string& out, const Node& node);

void append_children(std::string& out, const Node& node, std::string_view between) {
  for (const NodePtr& child : node.children) {
    if (child != node.children.front()) out += between;
    const bool parentheses = needs_parentheses(*child, node);
    if (parentheses) out += '(';
    append(out, *child);
    if (parentheses) out += ')';
  }
}

void append(std::string& out, const Node& node) {
  switch (node.kind) {
    case Node::Kind::And:
      return append_children(out, node, " and ");
    case Node::Kind::Or:
      return append_children(out, node, " or ");
    case Node::Kind::Not:
      out += "not ";
      return append_children(out, node, {});
    case Node::Kind::Macro:
      out += node.macro;
      return;
    case Node::Kind::Check:
      return append_check(out, node);
  }
}

}  // namespace

std::string print(const Node& node) {
  std::string out;
  append(out, node);
  return out;
}

std::string print(const Term& term) {
  std::string out;
  append_term(out, term);
  return out;
}

std::size_t nesting(const Node& node) {
  std::size_t deepest = 0;
  for (const NodePtr& child : node.children) {
    deepest = std::max(deepest, nesting(*child) + (needs_parentheses(*child, node) ? 1 : 0));
  }
  return deepest + (node.kind == Node::Kind::Not ? 1 : 0);
}

}  // namespace picket::language
