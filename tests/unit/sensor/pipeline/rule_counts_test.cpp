// SPDX-License-Identifier: Apache-2.0
//
// What the kernel counted by conjuncts, by rule, over reloads.
#include "sensor/pipeline/rule_counts.h"

#include <gtest/gtest.h>

#include <vector>

namespace picket {
namespace {

void add(Policy& policy, const std::string& name, bool deny, bool kill) {
  Rule& rule = policy.rules.emplace_back();
  rule.name = name;
  rule.response.deny = deny;
  rule.response.kill = kill;
}

PlannedConjunct conjunct(std::size_t of, std::uint32_t number) {
  return {.kind = Kind::open, .rule = of, .number = number, .complete = true, .shared = false, .parts = {}};
}

std::string text(const std::map<std::string, RuleCount>& counts) {
  std::string text;
  for (const auto& [name, count] : counts) {
    text += name + ":" + std::to_string(count.denied) + "," + std::to_string(count.killed) + "," +
            std::to_string(count.would_deny) + "," + std::to_string(count.would_kill) + " ";
  }
  return text;
}

TEST(RuleCounts, GoOnWithTheRulesOfTheSameName) {
  Policy first, second;
  add(first, "alerts", false, false);
  add(first, "denies", true, false);
  add(first, "kills", true, true);
  add(second, "kills", true, false);
  add(second, "new", true, false);
  RuleCounts counts;
  EXPECT_EQ("", text(counts.total({})));

  counts.change(first, {conjunct(0, 0), conjunct(1, 1), conjunct(1, 3), conjunct(2, 2)}, {});
  std::vector<pk_hits> hits = {{9, 9}, {1, 2}, {10, 20}, {100, 200}};
  EXPECT_EQ("denies:101,0,202,0 kills:0,10,0,20 ", text(counts.total(hits)));
  EXPECT_EQ("", text(counts.total({}))) << "of a kernel that has no image";

  counts.change(second, {conjunct(0, 1), conjunct(1, 0)}, hits);
  hits = {{0, 0}, {5, 6}};
  EXPECT_EQ("denies:101,0,202,0 kills:5,10,6,20 ", text(counts.total(hits))) << "what has gone stays; what is 0 is not";
  hits[0].would = 1;
  EXPECT_EQ("denies:101,0,202,0 kills:5,10,6,20 new:0,0,1,0 ", text(counts.total(hits)));
}

TEST(RuleCounts, ConjunctsThatRulesShareAreNobodys) {
  Policy policy;
  add(policy, "denies", true, false);
  RuleCounts counts;
  PlannedConjunct shared = conjunct(0, 0);
  shared.shared = true;
  counts.change(policy, {shared}, {});
  EXPECT_EQ("", text(counts.total(std::vector<pk_hits>{{1, 1}})));
}

}  // namespace
}  // namespace picket
