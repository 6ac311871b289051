// SPDX-License-Identifier: Apache-2.0
//
// Set algebra over the tree. Each node has two sets: the kinds for which it can be true, and those for which it can be
// false. `not` swaps them; that a check of a missing field is false, so that `not` makes it true, needs no other care.
#include "rules/compile/kinds.h"

#include <algorithm>

#include "rules/compile/bind.h"

namespace picket {
namespace {

using language::Literal;
using language::Node;
using language::Operator;

struct Outcomes {
  KindSet can_hold;
  KindSet can_fail;
};

bool is_named(const Node& check, std::string_view call) {
  return std::any_of(check.literals.begin(), check.literals.end(),
                     [call](const Literal& literal) { return literal.text == call; });
}

// evt.type = != in: a kind has a closed set of names, and each of them passes or does not.
Outcomes outcomes_of_event_type(const Node& check) {
  Outcomes outcomes;
  const bool negative = check.op == Operator::NotEqual;
  for (unsigned number = 0; number < kKindEnd; ++number) {
    const auto kind = static_cast<Kind>(number);
    if (!check.field->kinds.contains(kind)) continue;
    for (const std::string_view call : call_names(kind)) {
      const bool holds = is_named(check, call) != negative;
      KindSet& set = holds ? outcomes.can_hold : outcomes.can_fail;
      set = set | KindSet{kind};
    }
  }
  outcomes.can_fail = outcomes.can_fail | ~check.field->kinds;
  return outcomes;
}

Outcomes outcomes_of_check(const Node& check) {
  const bool names = check.op == Operator::Equal || check.op == Operator::NotEqual || check.op == Operator::In;
  if (check.field->name == kEventType && names) return outcomes_of_event_type(check);
  if (check.op == Operator::In && check.literals.empty()) return {KindSet(), KindSet::all()};
  return {check.field->kinds, KindSet::all()};
}

Outcomes outcomes_of(const Node& node) {
  if (node.kind == Node::Kind::Check) return outcomes_of_check(node);
  if (node.kind == Node::Kind::Not) {
    const Outcomes child = outcomes_of(*node.children.front());
    return {child.can_fail, child.can_hold};
  }
  Outcomes outcomes = outcomes_of(*node.children.front());
  const bool conjunction = node.kind == Node::Kind::And;
  for (const language::NodePtr& child : node.children) {
    const Outcomes next = outcomes_of(*child);
    outcomes.can_hold = conjunction ? outcomes.can_hold & next.can_hold : outcomes.can_hold | next.can_hold;
    outcomes.can_fail = conjunction ? outcomes.can_fail | next.can_fail : outcomes.can_fail & next.can_fail;
  }
  return outcomes;
}

}  // namespace

KindSet possible_kinds(const language::Node& condition) { return outcomes_of(condition).can_hold; }

KindSet needed_kinds(const language::Node& condition) {
  KindSet needed = condition.kind == Node::Kind::Check ? condition.field->needs : KindSet();
  for (const language::NodePtr& child : condition.children) needed = needed | needed_kinds(*child);
  return needed;
}

}  // namespace picket
