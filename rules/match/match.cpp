// SPDX-License-Identifier: Apache-2.0
//
// The walk over trees, and rules by kind.
#include "rules/match/match.h"

#include <algorithm>
#include <cstdlib>

#include "rules/language/terms.h"
#include "rules/match/operators.h"

namespace picket {
namespace {

using language::Node;
using language::Operand;
using language::Operator;
using language::Term;

// The value against the right side of the check: literals, or a term whose values are few.
bool passes_right(const Node& check, const Value& value, const Event& event, Scratch& scratch) {
  if (!check.right) return passes(check, value, scratch);
  const Term& right = *check.right;
  if (!right.many) {
    const Operand operand{value_of(right, event, scratch), 0, nullptr};
    return present(operand.value) && passes(check, value, operand, scratch);
  }
  for (int position = 0;; ++position) {
    const Operand operand{value_at(right, event, position, scratch), 0, nullptr};
    if (!present(operand.value)) return false;
    if (passes(check, value, operand, scratch)) return true;
  }
}

// Some value passes, or all of them do and there is one.
bool several_pass(const Node& check, bool all, const Event& event, Scratch& scratch) {
  for (int position = 0;; ++position) {
    const Value value = value_at(check.left, event, position, scratch);
    if (!present(value)) return all && position > 0;
    if (passes_right(check, value, event, scratch) != all) return !all;
  }
}

// proc.aname != x is true when some ancestor has another name, fd.ip != x when both ends have another address; a list
// is `in` others when all its elements are.
bool wants_all(const Node& check) {
  switch (check.left.several) {
    case Several::Any:
      return false;
    case Several::Ends:
      return check.op == Operator::NotEqual;
    case Several::List:
      return check.op == Operator::In;
  }
  std::abort();
}

bool check_passes(const Node& check, const Event& event, Scratch& scratch) {
  if (check.left.many) return several_pass(check, wants_all(check), event, scratch);
  const Value value = value_of(check.left, event, scratch);
  return present(value) && passes_right(check, value, event, scratch);
}

// ---- outputs ----

// Fills up or cuts what was appended from `begin` on.
void fit(std::string& out, std::size_t begin, std::size_t width) {
  if (width > 0) out.resize(begin + width, ' ');
}

}  // namespace

bool evaluate(const language::Node& condition, const Event& event, Scratch& scratch) {
  const auto holds = [&event, &scratch](const language::NodePtr& child) { return evaluate(*child, event, scratch); };
  const auto& children = condition.children;
  switch (condition.kind) {
    case Node::Kind::And:
      return std::all_of(children.begin(), children.end(), holds);
    case Node::Kind::Or:
      return std::any_of(children.begin(), children.end(), holds);
    case Node::Kind::Not:
      return !holds(children.front());
    case Node::Kind::Check:
      return check_passes(condition, event, scratch);
    case Node::Kind::Macro:
      break;
  }
  std::abort();  // macros are gone from a bound condition
}

void append_output(std::string& out, std::span<const OutputPiece> output, const Event& event, Scratch& scratch) {
  for (const OutputPiece& piece : output) {
    const std::size_t begin = out.size();
    if (piece.literal()) {
      out += piece.text;
    } else if (piece.computed) {
      piece.computed->append(out, event, scratch);
    } else {
      append_text(out, piece.field->get(event, piece.index, scratch));
    }
    fit(out, begin, piece.width);
  }
}

Matcher::Matcher(const Policy& policy) {
  for (const Rule& rule : policy.rules) {
    for (unsigned kind = 0; kind < kKindEnd; ++kind) {
      if (rule.kinds.contains(static_cast<Kind>(kind))) by_kind_[kind].push_back(&rule);
    }
  }
}

const Rule* Matcher::first_match(const Event& event, Scratch& scratch) const {
  const Rule* first = nullptr;
  each_match(event, scratch, [&first](const Rule& rule) {
    first = &rule;
    return false;
  });
  return first;
}

}  // namespace picket
