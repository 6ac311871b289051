// SPDX-License-Identifier: Apache-2.0
//
// Whether what the rules refuse can be refused on this kernel. What cannot is an error at load: never does a rule that
// denies become one that alerts without a word.
#pragma once

#include <optional>
#include <vector>

#include "rules/event/result.h"
#include "rules/language/rule.h"
#include "rules/plan/plan.h"
#include "sensor/kernel/kernel.h"
#include "sensor/pipeline/enforcement_switch.h"

namespace picket {

// The kinds about which rules refuse or kill for real, as the plan's modes have it. None without an image: a recording.
KindSet enforced_kinds(const Plan& plan);

// What the rules of that plan ask of the kernel side, to see events of these kinds and the results of some.
KernelWants kernel_wants(KindSet kinds, KindSet results, const Plan& plan);

// How many rules refuse or kill, as the plan's modes have it, and how many say what they would do.
ActingRules acting_rules(const Plan& plan);

// The conjuncts of rules that refuse or kill, as the kernel side wants them named. Names are the policy's.
std::vector<ActingConjunct> acting_conjuncts(const Policy& policy, const std::vector<PlannedConjunct>& conjuncts);

// Nothing when all of it can be enforced there.
std::optional<Error> reason_not_to_enforce(const Plan& plan, const KernelSide& kernel);

}  // namespace picket
