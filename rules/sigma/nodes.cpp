// SPDX-License-Identifier: Apache-2.0
#include "rules/sigma/nodes.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <utility>
#include <variant>

#include "rules/language/parser.h"

namespace picket::sigma {
namespace {

using language::Modifier;
using language::Node;
using language::Operands;
using language::Operator;

language::Term term_of(std::string_view text) {
  auto term = language::parse_term(text);
  if (auto* read = std::get_if<language::ParsedTerm>(&term)) return std::move(read->term);
  std::abort();  // terms come from our own tables
}

NodePtr check_of(std::string_view term, Operator op) {
  auto node = std::make_unique<Node>();
  node->kind = Node::Kind::Check;
  node->left = term_of(term);
  node->op = op;
  return node;
}

NodePtr sequence(Node::Kind kind, std::vector<NodePtr> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  auto node = std::make_unique<Node>();
  node->kind = kind;
  for (NodePtr& part : parts) {
    if (part->kind == kind) {
      std::move(part->children.begin(), part->children.end(), std::back_inserter(node->children));
    } else {
      node->children.push_back(std::move(part));
    }
  }
  return node;
}

// What is left of the condition where the guard holds; nullptr: nothing is left to ask.
NodePtr without(const Node& node, std::string_view guard) {
  if (print(node) == guard) return nullptr;
  if (node.kind == Node::Kind::Not) {
    NodePtr child = without(*node.children.front(), guard);
    if (child == nullptr) return language::clone(node);  // it never holds: left as it is
    return none_of(std::move(child));
  }
  if (node.kind != Node::Kind::And && node.kind != Node::Kind::Or) return language::clone(node);
  std::vector<NodePtr> left;
  for (const NodePtr& child : node.children) {
    NodePtr rest = without(*child, guard);
    if (rest == nullptr && node.kind == Node::Kind::Or) return nullptr;
    if (rest != nullptr) left.push_back(std::move(rest));
  }
  return left.empty() ? nullptr : sequence(node.kind, std::move(left));
}

bool has(const Node& node, std::string_view guard) {
  if (print(node) == guard) return true;
  return std::any_of(node.children.begin(), node.children.end(),
                     [guard](const NodePtr& child) { return has(*child, guard); });
}

}  // namespace

NodePtr parsed(std::string_view condition) {
  auto node = language::parse(condition);
  if (auto* read = std::get_if<NodePtr>(&node)) return std::move(*read);
  std::abort();  // conditions come from our own tables
}

NodePtr all_of(std::vector<NodePtr> parts) { return sequence(Node::Kind::And, std::move(parts)); }
NodePtr any_of(std::vector<NodePtr> parts) { return sequence(Node::Kind::Or, std::move(parts)); }

NodePtr none_of(NodePtr condition) {
  auto node = std::make_unique<Node>();
  node->kind = Node::Kind::Not;
  node->children.push_back(std::move(condition));
  return node;
}

NodePtr compare(std::string_view term, Operator op, std::vector<std::string> texts, Modifier several) {
  NodePtr node = check_of(term, op);
  const bool many = language::row(op).operands == Operands::Many;
  if (many && texts.size() == 1) node->op = Operator::Equal;
  if (!many && texts.size() > 1) node->modifier = several;
  for (std::string& text : texts) node->literals.push_back({std::move(text), true, {}, {}, {}});
  return node;
}

NodePtr among(std::string_view term, std::vector<std::string> values) {
  NodePtr node = compare(term, Operator::In, std::move(values));
  for (language::Literal& literal : node->literals) literal.quoted = false;
  return node;
}

NodePtr compare_number(std::string_view term, Operator op, std::string number) {
  NodePtr node = check_of(term, op);
  node->literals.push_back({std::move(number), false, {}, {}, {}});
  return node;
}

NodePtr compare_terms(std::string_view term, Operator op, std::string_view other) {
  NodePtr node = check_of(term, op);
  node->right = std::make_unique<language::Term>(term_of(other));
  return node;
}

NodePtr exists(std::string_view term) { return check_of(term, Operator::Exists); }

bool implies(const Node& condition, std::string_view guard) {
  const auto& children = condition.children;
  const auto child_implies = [guard](const NodePtr& child) { return implies(*child, guard); };
  if (condition.kind == Node::Kind::And) return std::any_of(children.begin(), children.end(), child_implies);
  if (condition.kind == Node::Kind::Or) return std::all_of(children.begin(), children.end(), child_implies);
  return print(condition) == guard;
}

bool negates(const Node& condition, std::string_view guard) {
  if (condition.kind == Node::Kind::Not) return has(condition, guard);
  return std::any_of(condition.children.begin(), condition.children.end(),
                     [guard](const NodePtr& child) { return negates(*child, guard); });
}

NodePtr guarded(const Node& condition, std::string_view guard) {
  NodePtr rest = without(condition, guard);
  std::vector<NodePtr> parts;
  parts.push_back(parsed(guard));
  if (rest != nullptr) parts.push_back(std::move(rest));
  return all_of(std::move(parts));
}

}  // namespace picket::sigma
