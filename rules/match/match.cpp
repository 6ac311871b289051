// SPDX-License-Identifier: Apache-2.0
//
// The walk over trees, and outputs.
#include "rules/match/match.h"

#include <algorithm>
#include <cstdlib>

#include "rules/match/check.h"

namespace picket {
namespace {

using language::Node;

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
      return check_holds(condition, event, scratch);
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

}  // namespace picket
