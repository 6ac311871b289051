// SPDX-License-Identifier: Apache-2.0
//
// The Matcher: candidates first, then what is left of their conditions.
#include <utility>

#include "rules/match/match.h"

namespace picket {

Matcher::Matcher(const Policy& policy) {
  std::vector<Candidates::Subject> subjects;
  for (const Rule& rule : policy.rules) {
    rules_.push_back(&rule);
    conditions_.push_back(shared_.add(*rule.condition));
    subjects.push_back({conditions_.back(), rule.kinds});
  }
  shared_.freeze();
  for (const RuleIndex rule : candidates_.build(shared_, subjects)) {
    for (unsigned kind = 0; kind < kKindEnd; ++kind) {
      if (rules_[rule]->kinds.contains(static_cast<Kind>(kind))) always_[kind].push_back(rule);
    }
  }
}

void Matcher::begin(const Event& event, Scratch& scratch) {
  shared_.begin(event, scratch);
  found_ = candidates_.find(event, shared_, scratch);
  always_left_ = always_[static_cast<std::size_t>(event.kind())];
}

// Both are in order.
const Rule* Matcher::next() {
  while (!found_.empty() || !always_left_.empty()) {
    const bool was_found = always_left_.empty() || (!found_.empty() && found_.front() < always_left_.front());
    auto& source = was_found ? found_ : always_left_;
    const RuleIndex rule = source.front();
    source = source.subspan(1);
    ++tried_;
    if (shared_.holds(conditions_[rule])) return rules_[rule];
  }
  return nullptr;
}

}  // namespace picket
