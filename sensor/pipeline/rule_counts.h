// SPDX-License-Identifier: Apache-2.0
//
// How often each rule refused and killed, or only said that it would. The kernel programs count it where they decide
// (pk_image.hits), so that the numbers are exact whatever records were lost, throttled or not looked at any more.
//
// What a rule is, is its name: counts go on when the rules are read again, and those of a rule that has gone stay.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "bpf/shared/policy.h"
#include "rules/language/rule.h"
#include "rules/plan/plan.h"

namespace picket {

struct RuleCount {
  std::uint64_t denied = 0;
  std::uint64_t killed = 0;
  std::uint64_t would_deny = 0;
  std::uint64_t would_kill = 0;
};

// Used from one thread.
class RuleCounts {
 public:
  // From here on the kernel decides by these rules. `former`: what it has counted by those before, to their end.
  void change(const Policy& policy, const std::vector<PlannedConjunct>& conjuncts, std::span<const pk_hits> former);

  // Of all rules that decided anything so far, by name. `hits`: what the kernel has counted since the last change().
  std::map<std::string, RuleCount> total(std::span<const pk_hits> hits) const;

 private:
  // Whose a conjunct is.
  struct Acting {
    std::uint32_t number;
    std::string rule;
    bool kills;
  };

  std::vector<Acting> acting_;
  std::map<std::string, RuleCount> before_;
};

}  // namespace picket
