// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/rule_hits.h"

#include <utility>

namespace picket {

void RuleHits::change(const Policy& policy) {
  auto before = std::exchange(of_others_, {});
  for (std::size_t i = 0; i < counts_.size(); ++i) before[(*rules_)[i].name] += counts_[i];
  rules_ = &policy.rules;
  counts_.assign(policy.rules.size(), 0);
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (const auto known = before.find(policy.rules[i].name); known != before.end()) counts_[i] = known->second;
  }
}

}  // namespace picket
