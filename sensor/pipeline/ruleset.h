// SPDX-License-Identifier: Apache-2.0
//
// Rules that are ready to run, and how they differ from those before.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "rules/event/diagnostic.h"
#include "rules/language/rule.h"
#include "rules/plan/plan.h"
#include "sensor/pipeline/matching.h"

namespace picket {

// Does not move: what matches points into the policy.
struct Ruleset {
  explicit Ruleset(Policy rules) : policy(std::move(rules)) {}
  Ruleset(const Ruleset&) = delete;
  Ruleset& operator=(const Ruleset&) = delete;

  const Policy policy;
  Plan plan;                           // what the kernel decides of it
  std::unique_ptr<Matching> matching;  // of the policy, until an engine takes it over
};

// How many rules have come, have gone, and are there under the same name with another meaning.
struct RuleChanges {
  std::size_t added = 0, removed = 0, changed = 0;
};
RuleChanges compare(const Policy& before, const Policy& after);

// Reads, compiles and plans the files as `picket check` does, and makes the matcher. Without a ruleset: why there is
// none.
struct LoadedRules {
  std::unique_ptr<Ruleset> ruleset;
  std::string diagnostics;  // rendered, all of them: errors and warnings
};
LoadedRules load_rules(const std::vector<std::string>& paths);

}  // namespace picket
