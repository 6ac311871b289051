// SPDX-License-Identifier: Apache-2.0
#include "rules/match/check.h"

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

}  // namespace

bool check_holds(const Node& check, const Value& left, const Event& event, Scratch& scratch) {
  return present(left) && passes_right(check, left, event, scratch);
}

bool check_holds(const Node& check, const Event& event, Scratch& scratch) {
  if (check.left.many) return several_pass(check, wants_all(check), event, scratch);
  return check_holds(check, value_of(check.left, event, scratch), event, scratch);
}

}  // namespace picket
