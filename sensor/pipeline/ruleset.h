// SPDX-License-Identifier: Apache-2.0
//
// Rules that are ready to run, and how they differ from those before.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rules/compile/compile.h"
#include "rules/event/diagnostic.h"
#include "rules/language/rule.h"
#include "rules/plan/plan.h"
#include "sensor/pipeline/matching.h"
#include "sensor/trust/trust.h"

namespace picket {

// Does not move: what matches points into the policy.
struct Ruleset {
  explicit Ruleset(Policy rules, Plan planned = {}) : policy(std::move(rules)), plan(std::move(planned)) {}
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

// Rules that are to be run, without an error or with the reasons why they are not.
struct CompiledRules {
  Compiled compiled;
  Plan plan;
  bool trusted = true;  // false: nothing was compiled, and the diagnostics say why the files are not
  std::optional<trust::Approval> approval;  // with trust: to be recorded once they are in force
};

// Reads, compiles and plans the files as `picket check` does. With `trust` only
// if it approves of them, and just the bytes that it has approved of.
CompiledRules compile_rules(const std::vector<std::string>& paths, const PlanOptions& options, trust::Trust* trust);

// "version 7, signed by KEY".
std::string describe(const trust::SignedPolicy& policy);

// To be called when the policy is in force; says on the log when that could not be recorded. Waits for the disk.
void record(trust::Approval& approval);

// The same, and makes the matcher. Without a ruleset: why there is none.
struct LoadedRules {
  std::unique_ptr<Ruleset> ruleset;
  std::string diagnostics;  // rendered, all of them: errors and warnings
  bool trusted = true;
  std::optional<trust::Approval> approval;
};
LoadedRules load_rules(const std::vector<std::string>& paths, const PlanOptions& options, trust::Trust* trust);

}  // namespace picket
