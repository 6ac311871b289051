// SPDX-License-Identifier: Apache-2.0
//
// Steps of sequences: which rules they name, and which rules therefore have a place in the policy. Private to
// rules/compile.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "rules/compile/tests.h"
#include "rules/language/rule.h"
#include "rules/policy/documents.h"

namespace picket {

// A rule on its way into the policy.
struct Candidate {
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

  const policy::RuleItem* item = nullptr;
  std::optional<Rule> rule;  // nothing when it has an error, or is skipped
  std::vector<RuleTest> tests;
  std::size_t place = kNowhere;  // in Policy::rules
};

// Gives a place to all that are enabled and to the steps of their sequences, in this order, and to the sequences the
// places of their steps. A sequence of which a step is wrong loses its rule.
void find_steps(std::vector<Candidate>& candidates, std::vector<Diagnostic>& diagnostics);

}  // namespace picket
