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

// Finds the first rule, in policy order, that matches an event. Only rules that can match the event's kind are tried.
// The policy must outlive the matcher. One matcher for each thread.
class Matcher {
 public:
  explicit Matcher(const Policy& policy);
  const Rule* first_match(const Event& event, Scratch& scratch) const;

 private:
  std::array<std::vector<const Rule*>, kKindEnd> by_kind_;
};

}  // namespace picket
