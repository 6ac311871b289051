// SPDX-License-Identifier: Apache-2.0
//
// As many rules as an image holds, and more: up to the limits every conjunct has its own bit and is exact; beyond them
// some share one, a warning says so, and nothing that a rule matches is kept back.
#include <gmock/gmock.h>

#include <set>

#include "rules/match/match.h"
#include "rules/plan/judge.h"
#include "rules/plan/plan.h"
#include "rules/plan/sample.h"
#include "tests/support/compile.h"

namespace picket {
namespace {

using planning::Sample;

std::string rule(const std::string& name, const std::string& condition, const std::string& more = {}) {
  return "- rule: " + name + "\n  desc: d\n  output: x\n  priority: INFO\n  condition: " + condition + "\n" + more;
}

const char* const kOpen = "evt.type in (open, openat, openat2, creat, open_by_handle_at) and ";

std::string opens(int count, const std::string& more = {}) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    text += rule("O" + number, kOpen + ("fd.name pmatch (/srv/" + number + ") and user.uid != " + number), more);
  }
  return text;
}

// The numbers of rules whose conjuncts are candidates for opening this file.
std::set<std::size_t> candidates(const Plan& made, const std::string& path, std::uint64_t uid) {
  Sample sample(Kind::open);
  sample.set_path(planning::kPathLane, path);
  sample.set_number(planning::kUserLane, uid);
  std::set<std::size_t> rules;
  for (const PlannedConjunct& one : made.conjuncts) {
    if (one.kind == Kind::open && is_candidate(*made.image, sample.event(), one.number)) rules.insert(one.rule);
  }
  return rules;
}

TEST(Capacity, AKindHolds1024ConjunctsExactly) {
  const Compiled compiled = test::compile_some(opens(1024, "  action: deny\n"));
  const Plan made = plan(compiled.policy, {Mode::Enforce, 1});
  EXPECT_TRUE(made.diagnostics.empty());
  ASSERT_EQ(made.conjuncts.size(), 1024u);
  for (const PlannedConjunct& one : made.conjuncts) ASSERT_TRUE(one.complete && !one.shared);
  for (const std::size_t number : {0, 63, 64, 1000, 1023}) {
    const std::string path = "/srv/" + std::to_string(number) + "/x";
    EXPECT_EQ(candidates(made, path, 5000), std::set{number});
    EXPECT_EQ(candidates(made, path, number), std::set<std::size_t>{});
  }
}

TEST(Capacity, BeyondItRulesShareBits) {
  const Compiled compiled =
      test::compile_some(opens(1500) + rule("D", kOpen + std::string("fd.name = /d"), "  action: deny\n"));
  const Plan made = plan(compiled.policy, {Mode::Enforce, 1});
  ASSERT_EQ(made.diagnostics.size(), 1u);
  EXPECT_THAT(render(made.diagnostics[0]), testing::HasSubstr("1500 conditions about 'open' share"));
  ASSERT_EQ(made.conjuncts.size(), 1501u);
  std::size_t own = 0;
  for (const PlannedConjunct& one : made.conjuncts) own += one.complete;
  EXPECT_EQ(own, 1u);
  for (std::size_t number = 1; number < 1500; number += 7) {
    EXPECT_TRUE(candidates(made, "/srv/" + std::to_string(number) + "/x", 5000).contains(number));
  }
  EXPECT_TRUE(candidates(made, "/home", 5000).empty());
}

TEST(Capacity, SeveralKindsHold2048Exactly) {
  std::string text;
  for (int i = 0; i < 512; ++i) {
    const std::string number = std::to_string(i);
    text += rule("U" + number, "evt.category = file and unlink.path = /a/" + number, "  action: deny\n");
    text += rule("C" + number, "connect.port = " + std::to_string(i + 1));
    text += rule("X" + number, "exec.path = /bin/" + number);
    text += rule("K" + number, "signal.signal = " + std::to_string(i + 70));
  }
  const Compiled compiled = test::compile_some(text);
  const Plan made = plan(compiled.policy, {Mode::Enforce, 1});
  EXPECT_TRUE(made.diagnostics.empty());
  EXPECT_EQ(made.conjuncts.size(), 2048u);
  for (const PlannedConjunct& one : made.conjuncts) ASSERT_TRUE(one.complete && !one.shared) << one.rule;
}

// More keys than there are places: what has no room is left to user space, but not what denies.
TEST(Capacity, TooManyKeysAreLeftOut) {
  std::string text = rule("D", kOpen + std::string("fd.name in (/d, /srv/5/5)"), "  action: deny\n");
  for (int i = 0; i < 900; ++i) {
    std::string paths;
    for (int j = 0; j < 50; ++j) paths += (j > 0 ? ", /srv/" : "/srv/") + std::to_string(i) + "/" + std::to_string(j);
    text += rule("O" + std::to_string(i), kOpen + ("fd.name in (" + paths + ") and user.uid = " + std::to_string(i)));
  }
  const Compiled compiled = test::compile_some(text);
  const Plan made = plan(compiled.policy, {Mode::Enforce, 1});
  ASSERT_EQ(made.diagnostics.size(), 1u);
  EXPECT_THAT(render(made.diagnostics[0]),
              testing::AllOf(testing::HasSubstr("tables are full"), testing::HasSubstr("'directories of path'")));
  EXPECT_TRUE(made.conjuncts.front().complete);
  for (const std::size_t number : {0, 1, 5, 448, 899}) {
    const std::string uid = std::to_string(number), path = "/srv/" + uid + "/7";
    EXPECT_TRUE(candidates(made, path, number).contains(number + 1)) << number;
    EXPECT_FALSE(candidates(made, path, 1000).contains(number + 1)) << number;
  }
  EXPECT_EQ(candidates(made, "/d", 5000), std::set<std::size_t>{0});
  EXPECT_EQ(candidates(made, "/srv/5/5", 5000), std::set<std::size_t>{0});
  EXPECT_EQ(candidates(made, "/srv/5/6", 5000), std::set<std::size_t>{});
}

}  // namespace
}  // namespace picket
