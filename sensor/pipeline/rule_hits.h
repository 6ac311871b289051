// SPDX-License-Identifier: Apache-2.0
//
// How often each rule reported something. What a rule is, is its name: counts go on when the rules are read again, and
// end when a rule is not among them any more.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rules/language/rule.h"

namespace picket {

// Used from one thread. Policies must stay where they are until the next change().
class RuleHits {
 public:
  explicit RuleHits(const Policy& policy) : rules_(&policy.rules), counts_(policy.rules.size()) {}

  // Allocates nothing for a rule of the policy. While a reload is under way a rule may be of the one to come.
  void hit(const Rule& rule) {
    const Rule* const first = rules_->data();
    if (!std::less<>()(&rule, first) && std::less<>()(&rule, first + counts_.size())) {
      ++counts_[static_cast<std::size_t>(&rule - first)];
    } else {
      ++of_others_[rule.name];
    }
  }

  // From here on these rules are in force.
  void change(const Policy& policy);

  // Calls show(name, count) for every rule in force, those without a hit, too.
  template <class Show>
  void each(Show show) const {
    for (std::size_t i = 0; i < counts_.size(); ++i) show(std::string_view((*rules_)[i].name), counts_[i]);
  }

 private:
  const std::vector<Rule>* rules_;
  std::vector<std::uint64_t> counts_;  // in the order of the rules
  std::unordered_map<std::string, std::uint64_t> of_others_;
};

}  // namespace picket
