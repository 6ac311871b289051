// SPDX-License-Identifier: Apache-2.0
//
// The walk over trees, and rules by kind.
#include "rules/match/match.h"

#include <algorithm>
#include <cstdlib>

#include "rules/match/operators.h"

namespace picket {
namespace {

using language::Node;

// A field of several values passes when any of them does, whatever the operator: proc.aname != x is true when some
// ancestor has another name.
bool any_passes(const Node& check, const Event& event, Scratch& scratch) {
  for (int position = 0;; ++position) {
    const Value value = check.field->get_each(event, position, scratch);
    if (!present(value)) return false;
    if (passes(check, value)) return true;
  }
}

bool check_passes(const Node& check, const Event& event, Scratch& scratch) {
  if (check.field->get_each && check.index < 0) return any_passes(check, event, scratch);
  const Value value = check.field->get(event, check.index, scratch);
  return present(value) && passes(check, value);
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
    if (piece.field) {
      append_text(out, piece.field->get(event, piece.index, scratch));
    } else {
      out += piece.text;
    }
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
  const auto& rules = by_kind_[static_cast<std::size_t>(event.kind())];
  const auto found = std::find_if(rules.begin(), rules.end(), [&event, &scratch](const Rule* rule) {
    return evaluate(*rule->condition, event, scratch);
  });
  return found == rules.end() ? nullptr : *found;
}

}  // namespace picket
