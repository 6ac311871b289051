// SPDX-License-Identifier: Apache-2.0
//
// The rules that protect the sensor: they say nothing that would have to be put up with, every one refuses, and each
// does what the events that it brings along say. That the kernel does so is tests/kernel/enforce_protection_test.cpp.
#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "rules/compile/compile.h"
#include "rules/match/match.h"

namespace picket {
namespace {

class Protection : public ::testing::Test {
 protected:
  const Compiled compiled_ = compile(policy::load({PICKET_SOURCE_DIR "/rules/protection"}));
};

TEST_F(Protection, CompilesWithoutAWordAndRefuses) {
  for (const Diagnostic& diagnostic : compiled_.diagnostics) ADD_FAILURE() << render(diagnostic);
  EXPECT_EQ(5u, compiled_.policy.rules.size());
  for (const Rule& rule : compiled_.policy.rules) EXPECT_TRUE(rule.response.enforces()) << rule.name;
}

TEST_F(Protection, EachTestIsMetByItsRuleAloneOrByNone) {
  Matcher matcher(compiled_.policy);
  Scratch scratch;
  std::set<std::pair<std::string, bool>> shown;
  for (const RuleTest& test : compiled_.tests) {
    const Rule* const rule = matcher.first_match(test.events.back().made.event(), scratch);
    EXPECT_EQ(test.match ? test.rule : "no rule", rule == nullptr ? "no rule" : rule->name) << render(test.finding);
    shown.emplace(test.rule, test.match);
  }
  EXPECT_EQ(2 * compiled_.policy.rules.size(), shown.size()) << "every rule has a match and a miss";
}

// It is loaded besides the rules that run by default, with or without them.
TEST_F(Protection, StandsBesideTheBuiltinRules) {
  const std::vector<std::string> paths = {PICKET_SOURCE_DIR "/rules/builtin", PICKET_SOURCE_DIR "/rules/protection"};
  const Compiled both = compile(policy::load(paths));
  for (const Diagnostic& diagnostic : both.diagnostics) ADD_FAILURE() << render(diagnostic);
}

}  // namespace
}  // namespace picket
