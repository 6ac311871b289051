// SPDX-License-Identifier: Apache-2.0
//
// Nodes are found again by a key: a check's printed form, or the kind and the numbers of the children. Children are
// sorted, so that `a and b` is the same node as `b and a`.
#include "rules/match/shared.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <tuple>
#include <utility>

#include "rules/language/terms.h"
#include "rules/match/check.h"

namespace picket {
namespace {

using NodeKind = language::Node::Kind;
using language::Operator;
using language::Term;

constexpr std::uint32_t kMostNumbers = UINT32_MAX / 2;
constexpr std::uint32_t kMostCost = 1u << 30;
constexpr std::uint32_t kHashCost = 1u << 24;  // reading a file: more than all else together

// About what it costs to get the value.
std::uint32_t cost_of(const Term& term) {
  std::uint32_t cost = term.kind == Term::Kind::Call ? 8 : 1;
  if (term.field != nullptr && term.field->hashes.any()) cost += kHashCost;
  if (term.many) cost += 16;
  for (const Term& inner : term.terms) cost += cost_of(inner);
  return cost;
}

std::uint32_t cost_of(Operator op) {
  struct Row {
    Operator op;
    std::uint32_t cost;
  };
  constexpr Row kRows[] = {{Operator::In, 4},         {Operator::Intersects, 4}, {Operator::Contains, 8},
                           {Operator::IContains, 16}, {Operator::Glob, 16},      {Operator::IGlob, 16},
                           {Operator::PathMatch, 32}, {Operator::Regex, 64}};
  const auto* row = std::find_if(std::begin(kRows), std::end(kRows), [op](const Row& each) { return each.op == op; });
  return row == std::end(kRows) ? 1 : row->cost;
}

std::uint32_t cost_of_check(const language::Node& check) {
  const bool searched = check.op == Operator::In || check.op == Operator::Intersects;
  const auto times =
      searched ? 1u : static_cast<std::uint32_t>(std::clamp<std::size_t>(check.literals.size(), 1, 1000));
  return cost_of(check.left) + (check.right ? cost_of(*check.right) : 0) + cost_of(check.op) * times;
}

// One of 64 bits for each text. Most texts that are searched in a list are not in it and have another bit than all that
// are: which saves the search.
std::uint64_t sketch_of(std::string_view text) {
  if (text.empty()) return 1;
  const auto first = static_cast<unsigned char>(text.front()), last = static_cast<unsigned char>(text.back());
  return std::uint64_t{1} << ((5 * text.size() + first + 3u * last) & 63);
}

// Of the texts of a list together.
std::uint64_t sketch_of(const language::Node& check) {
  if ((check.op != Operator::In && check.op != Operator::Intersects) || check.left.type != Type::Text) return 0;
  std::uint64_t sketch = 0;
  for (const language::Literal& literal : check.literals) {
    sketch |= sketch_of(std::get<std::string_view>(literal.bound.value));
  }
  return sketch;
}

}  // namespace

TermId SharedConditions::intern(const Term& term) {
  const auto [place, added] = known_terms_.try_emplace(print(term), static_cast<TermId>(terms_.size()));
  if (added) terms_.push_back(&term);
  return place->second;
}

NodeId SharedConditions::intern(std::string key, Node node, std::span<const NodeId> children) {
  const auto [place, added] = known_nodes_.try_emplace(std::move(key), static_cast<NodeId>(nodes_.size()));
  if (!added) return place->second;
  node.first = static_cast<std::uint32_t>(children_.size());
  node.count = static_cast<std::uint32_t>(children.size());
  children_.insert(children_.end(), children.begin(), children.end());
  nodes_.push_back(node);
  return place->second;
}

NodeId SharedConditions::add(const language::Node& condition) {
  Node node{condition.kind};
  if (condition.kind == NodeKind::Macro) std::abort();  // macros are gone from a bound condition
  if (condition.kind == NodeKind::Check) {
    node.check = &condition;
    node.term = intern(condition.left);
    node.cost = cost_of_check(condition);
    node.sketch = sketch_of(condition);
    return intern("?" + print(condition), node, {});
  }
  std::vector<NodeId> children;
  for (const language::NodePtr& child : condition.children) children.push_back(add(*child));
  std::sort(children.begin(), children.end(),
            [this](NodeId a, NodeId b) { return std::tie(nodes_[a].cost, a) < std::tie(nodes_[b].cost, b); });
  children.erase(std::unique(children.begin(), children.end()), children.end());
  if (children.size() == 1 && condition.kind != NodeKind::Not) return children.front();
  std::string key(1, static_cast<char>('0' + static_cast<int>(condition.kind)));
  for (const NodeId child : children) {
    node.cost = std::min(kMostCost, node.cost + nodes_[child].cost);
    key.append(reinterpret_cast<const char*>(&child), sizeof child);
  }
  return intern(std::move(key), node, children);
}

void SharedConditions::freeze() {
  known_nodes_ = {};
  known_terms_ = {};
  results_.assign(nodes_.size(), 0);
  value_numbers_.assign(terms_.size(), 0);
  values_.resize(terms_.size());
}

void SharedConditions::begin(const Event& event, Scratch& scratch) {
  event_ = &event;
  scratch_ = &scratch;
  if (++number_ < kMostNumbers) return;
  std::fill(results_.begin(), results_.end(), 0);
  std::fill(value_numbers_.begin(), value_numbers_.end(), 0);
  number_ = 1;
}

const Value& SharedConditions::get(TermId id) {
  values_[id] = language::value_of(*terms_[id], *event_, *scratch_);
  value_numbers_[id] = number_;
  return values_[id];
}

inline bool SharedConditions::check_holds(const Node& node) {
  ++checks_evaluated_;
  if (node.check->left.many) return picket::check_holds(*node.check, *event_, *scratch_);
  const Value& left = value(node.term);
  if (node.sketch != 0) {
    const auto* const text = std::get_if<std::string_view>(&left);
    if (text == nullptr || (node.sketch & sketch_of(*text)) == 0) return false;
  }
  return picket::check_holds(*node.check, left, *event_, *scratch_);
}

inline bool SharedConditions::evaluate(const Node& node) {
  const auto holds = [this](NodeId child) { return this->holds(child); };
  const auto parts = children(node);
  switch (node.kind) {
    case NodeKind::And:
      return std::all_of(parts.begin(), parts.end(), holds);
    case NodeKind::Or:
      return std::any_of(parts.begin(), parts.end(), holds);
    case NodeKind::Not:
      return !holds(parts.front());
    case NodeKind::Check:
      return check_holds(node);
    case NodeKind::Macro:
      break;
  }
  std::abort();
}

bool SharedConditions::find_out(NodeId id) {
  const bool result = evaluate(nodes_[id]);
  results_[id] = number_ * 2 + (result ? 1 : 0);
  return result;
}

}  // namespace picket
