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
using language::Modifier;
using language::Node;
using language::Operands;
using language::Operator;

struct Outcomes {
  KindSet can_hold;
  KindSet can_fail;
};

// The same for a failed open alone. `asks`: a check of its outcome has a part in that.
struct Possible {
  bool at_all = false;
  bool asks = false;
};
struct OfFailure {
  Possible hold;
  Possible fail;
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
    if (!check.left.field->kinds.contains(kind)) continue;
    for (const std::string_view call : call_names(kind)) {
      const bool holds = is_named(check, call) != negative;
      KindSet& set = holds ? outcomes.can_hold : outcomes.can_fail;
      set = set | KindSet{kind};
    }
  }
  outcomes.can_fail = outcomes.can_fail | ~check.left.field->kinds;
  return outcomes;
}

Outcomes outcomes_of_check(const Node& check) {
  const Field* field = check.left.plain_field();
  const bool names = check.op == Operator::Equal || check.op == Operator::NotEqual || is_membership(check.op);
  const bool plain = check.modifier == Modifier::None && !check.right;
  if (field != nullptr && field->name == kEventType && names && plain) return outcomes_of_event_type(check);
  const bool several = language::row(check.op).operands == Operands::Many || check.modifier != Modifier::None;
  if (several && check.literals.empty() && !check.right) return {KindSet(), KindSet::all()};
  KindSet kinds = KindSet::all();
  for_each_field(check, [&kinds](const Field& one) { kinds = kinds & one.kinds; });
  return {kinds, KindSet::all()};
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

// ---- failed opens ----

constexpr std::string_view kSuccess = "SUCCESS";

// What an outcome can be when an open failed. Of evt.res nothing is known but that it is not SUCCESS and begins with E;
// evt.rawres is some negative errno.
bool text_can_hold(const Node& check) {
  const auto is_error = [](const Literal& literal) { return literal.text.starts_with('E'); };
  if (check.op == Operator::Equal || is_membership(check.op)) {
    return std::any_of(check.literals.begin(), check.literals.end(), is_error);
  }
  if (check.op == Operator::StartsWith) return check.literals.front().text.empty() || is_error(check.literals.front());
  return true;
}

bool text_can_fail(const Node& check) {
  if (check.op == Operator::NotEqual) return check.literals.front().text != kSuccess;
  if (check.op == Operator::StartsWith) return check.literals.front().text != "E";
  return check.op != Operator::Exists;
}

bool number_passes(const Node& check, std::int64_t number) {
  const auto literal = [&check](std::size_t i) { return std::get<std::int64_t>(check.literals[i].bound.value); };
  switch (check.op) {
    case Operator::Equal:
      return number == literal(0);
    case Operator::NotEqual:
      return number != literal(0);
    case Operator::Less:
      return number < literal(0);
    case Operator::LessEqual:
      return number <= literal(0);
    case Operator::Greater:
      return number > literal(0);
    case Operator::GreaterEqual:
      return number >= literal(0);
    case Operator::In:
    case Operator::Intersects:
      for (std::size_t i = 0; i < check.literals.size(); ++i) {
        if (number == literal(i)) return true;
      }
      return false;
    default:
      return true;  // exists
  }
}

// `first` to `last`: what the field can be.
OfFailure number_of_failure(const Node& check, std::int64_t first, std::int64_t last) {
  OfFailure found;
  for (std::int64_t number = first; number <= last; ++number) {
    (number_passes(check, number) ? found.hold : found.fail) = {.at_all = true, .asks = true};
  }
  return found;
}

OfFailure truth_of_failure(const Node& check) {
  constexpr bool kFailed = true;
  const auto is = [](const Literal& literal) { return std::get<bool>(literal.bound.value) == kFailed; };
  bool passes = std::any_of(check.literals.begin(), check.literals.end(), is);
  if (check.op == Operator::NotEqual) passes = !passes;
  if (check.op == Operator::Exists) passes = true;
  return {.hold = {passes, passes}, .fail = {!passes, !passes}};
}

OfFailure check_of_failure(const Node& check) {
  constexpr std::int64_t kMostErrors = 4095;
  bool asks = false;
  for_each_field(check, [&asks](const Field& one) { asks = asks || one.asks_outcome; });
  if (!asks) {
    const Outcomes outcomes = outcomes_of_check(check);
    return {.hold = {outcomes.can_hold.contains(Kind::open_failed), false},
            .fail = {outcomes.can_fail.contains(Kind::open_failed), false}};
  }
  const Field* field = check.left.plain_field();
  if (field == nullptr || check.right || check.modifier != Modifier::None) return {{true, true}, {true, true}};
  if (field->type == Type::Bool) return truth_of_failure(check);
  if (field->name == "fd.num") return number_of_failure(check, -1, -1);
  if (field->type == Type::Signed) return number_of_failure(check, -kMostErrors, -1);
  const bool hold = text_can_hold(check), fail = text_can_fail(check);
  return {.hold = {hold, hold}, .fail = {fail, fail}};
}

Possible both(const Possible& a, const Possible& b) {
  const bool at_all = a.at_all && b.at_all;
  return {at_all, at_all && (a.asks || b.asks)};
}

Possible either(const Possible& a, const Possible& b) { return {a.at_all || b.at_all, a.asks || b.asks}; }

OfFailure of_failure(const Node& node) {
  if (node.kind == Node::Kind::Check) return check_of_failure(node);
  OfFailure found = of_failure(*node.children.front());
  if (node.kind == Node::Kind::Not) return {found.fail, found.hold};
  const bool conjunction = node.kind == Node::Kind::And;
  for (std::size_t i = 1; i < node.children.size(); ++i) {
    const OfFailure next = of_failure(*node.children[i]);
    found.hold = conjunction ? both(found.hold, next.hold) : either(found.hold, next.hold);
    found.fail = conjunction ? either(found.fail, next.fail) : both(found.fail, next.fail);
  }
  return found;
}

}  // namespace

KindSet possible_kinds(const language::Node& condition) {
  const KindSet kinds = outcomes_of(condition).can_hold;
  return of_failure(condition).hold.asks ? kinds : kinds & ~KindSet{Kind::open_failed};
}

KindSet needed_kinds(const language::Node& condition) {
  KindSet needed;
  for_each_field(condition, [&needed](const Field& field) { needed = needed | field.needs; });
  return needed;
}

}  // namespace picket
