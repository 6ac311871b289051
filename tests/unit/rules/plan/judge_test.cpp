// SPDX-License-Identifier: Apache-2.0
//
// The look-up in user space: paths of every sort, and that it allocates nothing.
#include "rules/plan/judge.h"

#include <gtest/gtest.h>

#include "rules/plan/plan.h"
#include "rules/plan/sample.h"
#include "tests/support/allocations.h"
#include "tests/support/compile.h"
#include "tests/support/made_activity.h"

namespace picket {
namespace {

struct Row {
  std::string condition, path;
  bool wanted;
};

// `x` 15 times, and more.
std::string deep(int names) {
  std::string path;
  for (int i = 0; i < names; ++i) path += "/x";
  return path;
}

const Row kRows[] = {
    {"unlink.path = /", "/", true},
    {"unlink.path = /", "/a", false},
    {"unlink.path pmatch (/)", "/a/b", true},
    {"unlink.path pmatch (/a)", "/a", true},
    {"unlink.path pmatch (/a)", "/a/b/c/d", true},
    {"unlink.path pmatch (/a)", "/ab", false},
    {"unlink.path startswith /a/", "/a", false},
    {"unlink.path startswith /a/", "/a/b", true},
    {"unlink.path pmatch (/a) and not unlink.path pmatch (/a/b)", "/a/b/c", false},
    {"unlink.path pmatch (/a) and not unlink.path pmatch (/a/b)", "/a/c/c", true},
    {"unlink.path endswith /b", "/a/b", true},
    {"unlink.path endswith /b", "/a/bb", false},
    {"unlink.path endswith /b", "memfd:b", false},
    {"unlink.path endswith /b", "", false},
    {"not unlink.path endswith /b", "", true},
    {"unlink.path != /b", "", false},
    {"unlink.path != /b", "pipe:[1]", true},
    {"unlink.path exists", "", false},
    {"unlink.path exists", "pipe:[1]", true},
    {"unlink.path pmatch (" + deep(15) + ")", deep(15), true},
    {"unlink.path pmatch (" + deep(15) + ")", deep(14), false},
    {"unlink.path pmatch (" + deep(15) + ")", deep(40), true},
    {"unlink.path = " + deep(15), deep(16), false},
    {"unlink.path endswith /y", deep(40) + "/y", true},
    {"unlink.path endswith /y", deep(40) + "/z", false},
    {"unlink.path = /" + std::string(255, 'n'), "/" + std::string(255, 'n'), true},
    {"unlink.path = /" + std::string(255, 'n'), "/" + std::string(254, 'n'), false},
};

Plan plan_of(const std::string& condition) {
  const Compiled compiled = test::compile_some(
      "- rule: A\n  desc: d\n  output: x\n  priority: INFO\n  condition: >\n    " + condition + "\n");
  return plan(compiled.policy, {Mode::Observe, 1});
}

TEST(Judge, FindsPaths) {
  for (const Row& row : kRows) {
    const Plan made = plan_of(row.condition);
    planning::Sample sample(Kind::unlink);
    sample.set_path(planning::kPathLane, row.path);
    EXPECT_EQ(judge(*made.image, sample.event()).wanted != 0, row.wanted) << row.condition << " " << row.path;
  }
}

// Whatever asks about a path that is not whole may be met, by denials and exceptions alike.
TEST(Judge, APathThatIsNotWholeMeetsAll) {
  for (const char* condition : {"unlink.path = /a", "not unlink.path pmatch (/a)", "unlink.path endswith /b"}) {
    planning::Sample sample(Kind::unlink);
    sample.set_path(planning::kPathLane, "/a");
    sample.header().flags = PK_FLAG_path_truncated;
    EXPECT_TRUE(judge(*plan_of(condition).image, sample.event()).wanted) << condition;
  }
}

// Before the first image, and of kinds that it does not decide, everything is wanted.
TEST(Judge, WhatIsNotDecidedIsWanted) {
  const Plan made = plan_of("unlink.path = /a");
  EXPECT_TRUE(judge(*made.image, planning::Sample(Kind::fork).event()).wanted);
  EXPECT_FALSE(judge(*made.image, planning::Sample(Kind::open).event()).wanted);
  made.image->generation = 0;
  EXPECT_TRUE(judge(*made.image, planning::Sample(Kind::open).event()).wanted);
}

TEST(Judge, AllocatesNothing) {
  test::MadeActivity activity(3);
  const Plan made = plan(test::compile_some(activity.rules(50)).policy, {Mode::Enforce, 1});
  for (int i = 0; i < 1000; ++i) {
    const MadeEvent event = activity.event();
    const Event seen = event.event();
    const std::size_t before = test::allocations;
    judge(*made.image, seen);
    ASSERT_EQ(test::allocations, before);
  }
}

}  // namespace
}  // namespace picket
