// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/rule_counts.h"

#include <utility>

#include "sensor/pipeline/enforcement.h"

namespace picket {

void RuleCounts::change(const Policy& policy, const std::vector<PlannedConjunct>& conjuncts,
                        std::span<const pk_hits> former) {
  before_ = total(former);
  acting_.clear();
  for (const ActingConjunct& each : acting_conjuncts(policy, conjuncts)) {
    acting_.push_back({each.number, std::string(each.rule), each.kills});
  }
}

std::map<std::string, RuleCount> RuleCounts::total(std::span<const pk_hits> hits) const {
  auto counts = before_;
  for (const Acting& each : acting_) {
    if (each.number >= hits.size()) continue;
    const pk_hits& of = hits[each.number];
    if (of.done == 0 && of.would == 0) continue;
    RuleCount& count = counts[each.rule];
    (each.kills ? count.killed : count.denied) += of.done;
    (each.kills ? count.would_kill : count.would_deny) += of.would;
  }
  return counts;
}

}  // namespace picket
