// SPDX-License-Identifier: Apache-2.0
//
// Why a rule cannot be enforced.
#pragma once

#include <optional>
#include <string>

#include "rules/plan/draft.h"

namespace picket::planning {

// What stands in the way of refusing all that a rule matches.
struct Obstacle {
  std::string reason;  // a sentence without its end
  std::string hint;
};

// Nothing when nothing does. `conjuncts` are those of the rule.
std::optional<Obstacle> obstacle(const Rule& rule, const Draft& draft, const std::vector<const Drafted*>& conjuncts);

// What a conjunct leaves to user space, as a condition would say it.
std::string print(const Left& left, const Draft& draft);

}  // namespace picket::planning
