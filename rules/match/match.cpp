// SPDX-License-Identifier: Apache-2.0
//
// The walk over trees.
#include "rules/match/match.h"

#include <algorithm>
#include <cstdlib>

#include "rules/match/check.h"

namespace picket {

using language::Node;

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
      return check_holds(condition, event, scratch);
    case Node::Kind::Macro:
      break;
  }
  std::abort();  // macros are gone from a bound condition
}

}  // namespace picket
