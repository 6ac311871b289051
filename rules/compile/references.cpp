// SPDX-License-Identifier: Apache-2.0
//
// Depth-first search with a stack of its own: chains of references can be long and the program's stack must not be.
#include "rules/compile/references.h"

#include <algorithm>
#include <cstdint>

namespace picket {
namespace {

enum class State : std::uint8_t { New, Open, Done };

struct Visit {
  std::size_t item;
  std::size_t next = 0;  // the reference to follow next
};

// The open visits from `target` on, which is one of them, and `target` again.
std::vector<std::size_t> chain_to(std::size_t target, const std::vector<Visit>& open) {
  auto visit = std::find_if(open.begin(), open.end(), [target](const Visit& v) { return v.item == target; });
  std::vector<std::size_t> chain;
  for (; visit != open.end(); ++visit) chain.push_back(visit->item);
  chain.push_back(target);
  return chain;
}

void visit_from(std::size_t root, const References& references, std::vector<State>& states, ExpansionOrder& order) {
  std::vector<Visit> open{{root}};
  states[root] = State::Open;
  while (!open.empty()) {
    Visit& visit = open.back();
    const std::vector<std::size_t>& targets = references[visit.item];
    if (visit.next == targets.size()) {
      states[visit.item] = State::Done;
      order.items.push_back(visit.item);
      open.pop_back();
      continue;
    }
    const std::size_t reference = visit.next++;
    const std::size_t target = targets[reference];
    if (states[target] == State::Open) {
      order.loops.push_back({visit.item, reference, chain_to(target, open)});
    } else if (states[target] == State::New) {
      states[target] = State::Open;
      open.push_back({target});
    }
  }
}

}  // namespace

ExpansionOrder expansion_order(const References& references) {
  ExpansionOrder order;
  std::vector<State> states(references.size(), State::New);
  for (std::size_t root = 0; root < references.size(); ++root) {
    if (states[root] == State::New) visit_from(root, references, states, order);
  }
  return order;
}

std::string chain_text(const Loop& loop, const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::size_t item : loop.chain) {
    if (!text.empty()) text += " -> ";
    text += names[item];
  }
  return text;
}

}  // namespace picket
