// SPDX-License-Identifier: Apache-2.0
//
// Events against rules, in user space. evaluate() walks the tree as it stands: it is the oracle that the Matcher, which
// is faster, is compared with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rules/language/rule.h"
#include "rules/match/candidates.h"
#include "rules/match/shared.h"

namespace picket {

// True when the condition holds. Missing values make any comparison false; `not` is plain negation.
// The condition must be bound (rules/compile). Allocates nothing once scratch has grown. Thread-safe on separate
// scratch.
bool evaluate(const language::Node& condition, const Event& event, Scratch& scratch);

// Finds the rules that match an event, in policy order. Of many rules few are looked at: those for which a literal that
// they cannot do without was found by one look at the event's value (candidates.h), and those that have no such
// literal. What rules share is evaluated once for each event (shared.h).
//
// The policy must outlive the matcher. One matcher for each thread. Allocates nothing per event, but for regular
// expressions (language/regex.h).
class Matcher {
 public:
  explicit Matcher(const Policy& policy);

  // Calls use(rule) for each rule that matches, in policy order, until it returns false. Rules behind that one are not
  // evaluated.
  template <class Use>
  void each_match(const Event& event, Scratch& scratch, Use use) {
    begin(event, scratch);
    while (const Rule* rule = next()) {
      if (!use(*rule)) return;
    }
  }

  // The first of them, or nullptr.
  const Rule* first_match(const Event& event, Scratch& scratch) {
    begin(event, scratch);
    return next();
  }

  // What was done so far, for benchmarks and tests: how many rules were looked at, how many checks were evaluated.
  std::uint64_t rules_tried() const { return tried_; }
  std::uint64_t checks_evaluated() const { return shared_.checks_evaluated(); }

 private:
  void begin(const Event& event, Scratch& scratch);
  const Rule* next();

  std::vector<const Rule*> rules_;
  std::vector<NodeId> conditions_;  // of the rules
  SharedConditions shared_;
  Candidates candidates_;
  std::array<std::vector<RuleIndex>, kKindEnd> always_;  // rules that are candidates for every event of a kind
  std::uint64_t tried_ = 0;

  // Of the event under way: what is left of its candidates and of always_.
  std::span<const RuleIndex> found_, always_left_;
};

}  // namespace picket
