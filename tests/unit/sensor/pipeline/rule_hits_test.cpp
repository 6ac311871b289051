// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/rule_hits.h"

#include <gtest/gtest.h>

#include <map>

namespace picket {
namespace {

Policy policy_of(std::initializer_list<const char*> names) {
  Policy policy;
  for (const char* name : names) policy.rules.emplace_back().name = name;
  return policy;
}

std::map<std::string, std::uint64_t> all(const RuleHits& hits) {
  std::map<std::string, std::uint64_t> counts;
  hits.each([&](std::string_view name, std::uint64_t count) { counts.emplace(name, count); });
  return counts;
}

using Counts = std::map<std::string, std::uint64_t>;

TEST(RuleHits, AreCountedForEveryRule) {
  const Policy policy = policy_of({"a", "b", "c"});
  RuleHits hits(policy);
  hits.hit(policy.rules[0]);
  hits.hit(policy.rules[2]);
  hits.hit(policy.rules[2]);
  EXPECT_EQ(all(hits), (Counts{{"a", 1}, {"b", 0}, {"c", 2}}));
}

// A conjunct of the image to come may decide before its policy is in force.
TEST(RuleHits, GoOnWithOtherRulesByName) {
  const Policy before = policy_of({"a", "b"});
  const Policy after = policy_of({"c", "b"});
  RuleHits hits(before);
  hits.hit(before.rules[0]);
  hits.hit(before.rules[1]);
  hits.hit(after.rules[0]);
  hits.hit(after.rules[1]);
  EXPECT_EQ(all(hits), (Counts{{"a", 1}, {"b", 1}}));
  hits.change(after);
  EXPECT_EQ(all(hits), (Counts{{"c", 1}, {"b", 2}}));
  hits.hit(after.rules[0]);
  EXPECT_EQ(all(hits), (Counts{{"c", 2}, {"b", 2}}));
  hits.change(before);
  EXPECT_EQ(all(hits), (Counts{{"a", 0}, {"b", 2}})) << "what is not in force is forgotten";
}

}  // namespace
}  // namespace picket
