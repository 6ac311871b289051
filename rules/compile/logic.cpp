// SPDX-License-Identifier: Apache-2.0
//
// Checks of the same field are compared by what values pass them; the rest is the logic of `and`, `or` and `not`. A
// check of a missing field is false, so that a check never follows from the failure of another.
#include "rules/compile/logic.h"

#include <algorithm>
#include <string_view>

#include "rules/compile/bind.h"

namespace picket {
namespace {

using language::Literal;
using language::Modifier;
using language::Node;
using language::Operator;
using NodeKind = Node::Kind;

// A check whose left side is one value, and which compares it with literals.
bool is_plain(const Node& check) {
  return !check.right && check.modifier == Modifier::None && !(check.left.many && check.left.several != Several::Any);
}

bool same_left(const Node& a, const Node& b) { return print(a.left) == print(b.left); }

// The values that pass are just the literals.
bool is_equality(const Node& check) {
  return is_plain(check) && check.left.type != Type::Network &&
         (check.op == Operator::Equal || is_membership(check.op));
}

bool has_value(const Node& check, const Literal& value) {
  return std::any_of(check.literals.begin(), check.literals.end(),
                     [&value](const Literal& each) { return each.bound.value == value.bound.value; });
}

std::string_view text_of(const Literal& literal) { return std::get<std::string_view>(literal.bound.value); }

// Whether a text passes one of the operators that can be decided without more ado.
bool text_passes(const Node& check, std::string_view text) {
  const auto passes = [&check, text](const Literal& literal) {
    const std::string_view wanted = text_of(literal);
    switch (check.op) {
      case Operator::StartsWith:
        return text.starts_with(wanted);
      case Operator::EndsWith:
        return text.ends_with(wanted);
      case Operator::Contains:
        return text.find(wanted) != text.npos;
      default:
        return false;
    }
  };
  return std::any_of(check.literals.begin(), check.literals.end(), passes);
}

bool has_parts(const Node& check) {
  const bool part =
      check.op == Operator::StartsWith || check.op == Operator::EndsWith || check.op == Operator::Contains;
  return part && is_plain(check) && check.left.type == Type::Text;
}

// All values that pass `a` pass `b`. Both are about the same left side.
bool is_stricter(const Node& a, const Node& b) {
  if (b.op == Operator::Exists) return true;
  if (is_equality(a) && is_equality(b)) {
    return std::all_of(a.literals.begin(), a.literals.end(), [&b](const Literal& one) { return has_value(b, one); });
  }
  if (is_equality(a) && has_parts(b)) {
    return std::all_of(a.literals.begin(), a.literals.end(),
                       [&b](const Literal& one) { return text_passes(b, text_of(one)); });
  }
  // What begins with a longer text begins with a shorter one, and has what that has.
  const bool parts = has_parts(a) && has_parts(b) && (a.op == b.op || b.op == Operator::Contains);
  return parts && text_passes(b, text_of(a.literals.front()));
}

// No value passes both. Both are about the same left side, which is one value.
bool is_disjoint(const Node& a, const Node& b) {
  if (a.left.many) return false;
  if (is_equality(a) && is_equality(b)) {
    return std::none_of(a.literals.begin(), a.literals.end(), [&b](const Literal& one) { return has_value(b, one); });
  }
  if (is_equality(b) && has_parts(a)) return is_disjoint(b, a);
  if (is_equality(a) && has_parts(b)) {
    return std::none_of(a.literals.begin(), a.literals.end(),
                        [&b](const Literal& one) { return text_passes(b, text_of(one)); });
  }
  if (a.op != Operator::StartsWith || b.op != Operator::StartsWith || !has_parts(a) || !has_parts(b)) return false;
  const std::string_view left = text_of(a.literals.front()), right = text_of(b.literals.front());
  return !left.starts_with(right) && !right.starts_with(left);
}

bool is_empty_list(const Node& check) { return is_membership(check.op) && check.literals.empty() && !check.right; }

// Numbers below zero that the type does not have.
bool is_below_zero(const Node& check) {
  return check.op == Operator::Less && check.left.type == Type::Unsigned && !check.right &&
         check.literals.front().bound.value == Value(std::uint64_t{0});
}

}  // namespace

bool Logic::step() {
  if (steps_ == 0) return false;
  --steps_;
  return true;
}

// What is above stands for all of its parts or for one of them: `b` is taken apart where all have to follow first.
bool Logic::implies(const Node& a, const Node& b) {
  const auto from_a = [&](const language::NodePtr& part) { return implies(a, *part); };
  const auto to_b = [&](const language::NodePtr& part) { return implies(*part, b); };
  if (b.kind == NodeKind::And) return std::all_of(b.children.begin(), b.children.end(), from_a);
  if (a.kind == NodeKind::Or) return std::all_of(a.children.begin(), a.children.end(), to_b);
  if (b.kind == NodeKind::Or && std::any_of(b.children.begin(), b.children.end(), from_a)) return true;
  if (a.kind == NodeKind::And) return std::any_of(a.children.begin(), a.children.end(), to_b);
  if (b.kind == NodeKind::Or || !step()) return false;
  if (b.kind == NodeKind::Not) {
    const Node& refused = *b.children.front();
    return a.kind == NodeKind::Not ? implies(refused, *a.children.front()) : exclude(a, refused);
  }
  if (a.kind == NodeKind::Not) return false;
  if (!same_left(a, b)) return false;
  return (is_plain(a) && is_plain(b) && is_stricter(a, b)) || print(a) == print(b);
}

bool Logic::exclude(const Node& a, const Node& b) {
  if (a.kind == NodeKind::Not) return implies(b, *a.children.front());
  if (b.kind == NodeKind::Not) return implies(a, *b.children.front());
  for (const bool first : {true, false}) {
    const Node &whole = first ? a : b, &other = first ? b : a;
    const auto part_excludes = [&](const language::NodePtr& part) { return exclude(*part, other); };
    const auto& parts = whole.children;
    if (whole.kind == NodeKind::Or) return std::all_of(parts.begin(), parts.end(), part_excludes);
    if (whole.kind == NodeKind::And && std::any_of(parts.begin(), parts.end(), part_excludes)) return true;
  }
  if (a.kind != NodeKind::Check || b.kind != NodeKind::Check) return false;
  return step() && same_left(a, b) && is_disjoint(a, b);
}

bool Logic::never_holds(const Node& node) {
  const auto never = [this](const language::NodePtr& part) { return never_holds(*part); };
  const auto& parts = node.children;
  switch (node.kind) {
    case NodeKind::Or:
      return std::all_of(parts.begin(), parts.end(), never);
    case NodeKind::Not:
      first_ = &node, second_ = nullptr;
      return always_holds(*parts.front());
    case NodeKind::And:
      break;
    default:
      first_ = &node, second_ = nullptr;
      return is_empty_list(node) || is_below_zero(node);
  }
  if (std::any_of(parts.begin(), parts.end(), never)) return true;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (std::size_t j = i + 1; j < parts.size(); ++j) {
      if (!exclude(*parts[i], *parts[j])) continue;
      first_ = parts[i].get(), second_ = parts[j].get();
      return true;
    }
  }
  return false;
}

bool Logic::always_holds(const Node& node) {
  const auto always = [this](const language::NodePtr& part) { return always_holds(*part); };
  const auto& parts = node.children;
  if (node.kind == NodeKind::And) return std::all_of(parts.begin(), parts.end(), always);
  if (node.kind == NodeKind::Not) return never_holds(*parts.front());
  if (node.kind != NodeKind::Or) return false;
  if (std::any_of(parts.begin(), parts.end(), always)) return true;
  // Either one holds or the other: `x or not x`.
  for (const auto& refused : parts) {
    if (refused->kind != NodeKind::Not) continue;
    const Node& inner = *refused->children.front();
    if (std::any_of(parts.begin(), parts.end(), [&](const auto& part) { return implies(inner, *part); })) return true;
  }
  return false;
}

}  // namespace picket
