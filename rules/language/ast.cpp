// SPDX-License-Identifier: Apache-2.0
//
// Copying trees and ordering values.
#include "rules/language/ast.h"

#include <cstdlib>
#include <type_traits>
#include <variant>

namespace picket::language {

NodePtr clone(const Node& node) {
  auto copy = std::make_unique<Node>();
  copy->kind = node.kind;
  copy->span = node.span;
  copy->macro = node.macro;
  copy->left = node.left;
  copy->op = node.op;
  copy->modifier = node.modifier;
  copy->op_span = node.op_span;
  copy->literals = node.literals;
  if (node.right) copy->right = std::make_unique<Term>(*node.right);
  for (Literal& literal : copy->literals) {
    if (!std::holds_alternative<std::string_view>(literal.bound.value)) continue;
    literal.bound.value = std::string_view(literal.bytes.empty() ? literal.text : literal.bytes);
  }
  copy->children.reserve(node.children.size());
  for (const NodePtr& child : node.children) copy->children.push_back(clone(*child));
  return copy;
}

bool before(const Value& a, const Value& b) {
  return std::visit(
      []<class A, class B>(const A& left, const B& right) -> bool {
        if constexpr (!std::is_same_v<A, B> || std::is_same_v<A, std::monostate>) {
          std::abort();  // comparing what cannot be compared is a bug of the caller
        } else if constexpr (std::is_same_v<A, Address>) {
          return left.family != right.family ? left.family < right.family : left.bytes < right.bytes;
        } else {
          return left < right;
        }
      },
      a, b);
}

}  // namespace picket::language
