// SPDX-License-Identifier: Apache-2.0
//
// Events against rules, in user space. evaluate() walks the tree as it stands: it is the oracle that later, faster ways
// are compared with.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "rules/language/rule.h"

namespace picket {

// True when the condition holds. Missing values make any comparison false; `not` is plain negation.
// The condition must be bound (rules/compile). Allocates nothing once scratch has grown. Thread-safe on separate
// scratch.
bool evaluate(const language::Node& condition, const Event& event, Scratch& scratch);

// Appends the output of a rule for this event; missing fields show as <NA>.
void append_output(std::string& out, std::span<const OutputPiece> output, const Event& event, Scratch& scratch);

// Finds the rules that match an event, in policy order. Only rules that can match the event's kind are tried.
// The policy must outlive the matcher. One matcher for each thread.
class Matcher {
 public:
  explicit Matcher(const Policy& policy);

  // Calls use(rule) for each rule that matches, in policy order, until it returns false. Rules behind that one are not
  // evaluated.
  template <class Use>
  void each_match(const Event& event, Scratch& scratch, Use use) const {
    for (const Rule* rule : by_kind_[static_cast<std::size_t>(event.kind())]) {
      if (evaluate(*rule->condition, event, scratch) && !use(*rule)) return;
    }
  }

  // The first of them, or nullptr.
  const Rule* first_match(const Event& event, Scratch& scratch) const;

 private:
  std::array<std::vector<const Rule*>, kKindEnd> by_kind_;
};

}  // namespace picket
