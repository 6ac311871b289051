// SPDX-License-Identifier: Apache-2.0
//
// The look-up in user space: paths of every sort, and that it allocates nothing.
#include "rules/plan/judge.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <optional>
#include <span>

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
    {"unlink.path contains /b/", "/a/b/c", true},
    {"unlink.path contains /b/", "/a/bb/c", false},
    {"unlink.path contains /b/", "/a/c", false},
    {"unlink.path contains /b/", "/", false},
    {"unlink.path contains /b/", deep(12) + "/b/x/x", true},
    {"unlink.path contains /b/", deep(14) + "/c/x", false},
    {"unlink.path contains /b/", deep(15) + "/c/x", true},  // of so many names only the topmost are known
    {"unlink.path contains /b/", "memfd:/b/", true},
    {"unlink.path contains /.b/long-", "/long-/.b/long-c", true},
    {"unlink.path contains /.b/long-", "/b/long-c", false},
    {"unlink.path contains x/.b/c", "/ax/.b/c", true},
    {"unlink.path contains x/.b/c", "/ax/b/c", false},
    {"unlink.path contains /b", "/x/y", true},  // no whole name
    {"unlink.path contains /b/ and unlink.path contains /c/", "/a/b/x", false},
    {"unlink.path contains /b/ or unlink.path contains /c/", "/a/c/x", true},
    {"unlink.path contains /b/ or unlink.path contains /c/", "/a/x/x", false},
    {"not unlink.path contains /b/", "/a/c/x", true},
    {"not unlink.path contains /b/", "/a/b/x", true},  // left to user space
    {"unlink.path = /" + std::string(255, 'n'), "/" + std::string(255, 'n'), true},
    {"unlink.path = /" + std::string(255, 'n'), "/" + std::string(254, 'n'), false},
};

Plan plan_of(const std::string& condition) {
  const Compiled compiled = test::compile_some(
      "- rule: A\n  desc: d\n  output: x\n  priority: INFO\n  condition: >\n    " + condition + "\n");
  return plan(compiled.policy, {Mode::Observe, 1});
}

using Look = pk_verdict (*)(const pk_image& image, const Event& event);

void expect_wanted(std::span<const Row> rows, Look look) {
  for (const Row& row : rows) {
    const Plan made = plan_of(row.condition);
    planning::Sample sample(Kind::unlink);
    sample.set_path(planning::kPathLane, row.path);
    EXPECT_EQ(look(*made.image, sample.event()).wanted != 0, row.wanted) << row.condition << " " << row.path;
  }
}

TEST(Judge, FindsPaths) {
  expect_wanted(kRows, [](const pk_image& image, const Event& event) { return judge(image, event); });
}

// Of another name of a file: what names it, or a directory above it, and nothing that matches whatever it does not
// name.
TEST(Judge, AnotherNameCountsForWhatNamesIt) {
  const Row rows[] = {
      {"unlink.path = /a/b", "/a/b", true},
      {"unlink.path = /a/b", "/a/c", false},
      {"unlink.path startswith /a/", "/a/b/c", true},
      {"unlink.path endswith /b", "/a/b", true},
      {"not unlink.path startswith /a/", "/b/c", false},
      {"not unlink.path startswith /a/", "/a/c", false},
      {"not unlink.path in (/a, /b)", "/c", false},
      {"unlink.path startswith /a/ and not unlink.path = /a/b", "/a/c", true},
      {"unlink.path startswith /a/ and not unlink.path = /a/b", "/a/b", false},
      {"unlink.path startswith /a/ and not unlink.path endswith /b", "/a/c/b", false},
      {"unlink.path startswith /a/ or not unlink.path startswith /b/", "/c", false},
      {"unlink.path startswith /a/ or user.uid = 0", "/c", false},
      {"unlink.path contains /a/", "/a/b", false},
      {"unlink.path startswith /a/ and unlink.path contains /b/", "/a/c/d", true},  // not looked at
      {"proc.name = x or unlink.path = /a", "/a", true},
  };
  expect_wanted(rows, [](const pk_image& image, const Event& event) { return judge_by_other_name(image, event, 0); });
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

// By the smallest named network that an address is in; IPv4 inside IPv6 is IPv4.
TEST(Judge, FindsAddresses) {
  struct Case {
    const char* condition;
    const char* address;  // IPv6; nullptr: none at all
    bool holds;
  };
  const Case cases[] = {
      {"fd.rip = \"10.0.0.1\"", "::ffff:10.0.0.1", true},
      {"fd.rip = \"10.0.0.1\"", "::ffff:10.0.0.2", false},
      {"fd.rip = \"10.0.0.1\"", nullptr, false},
      {"fd.rip != \"10.0.0.1\"", nullptr, false},
      {"not fd.rip = \"10.0.0.1\"", nullptr, true},
      {"fd.rip exists", "::", true},
      {"fd.rip exists", nullptr, false},
      {"fd.snet = \"10.0.0.0/8\" and fd.snet != \"10.1.0.0/16\"", "::ffff:10.2.0.1", true},
      {"fd.snet = \"10.0.0.0/8\" and fd.snet != \"10.1.0.0/16\"", "::ffff:10.1.0.1", false},
      {"fd.snet = \"10.0.0.0/8\" and not fd.sip = \"10.1.0.1\"", "::ffff:10.1.0.1", false},
      {"fd.snet in (\"10.1.0.0/16\", \"10.0.0.0/8\")", "::ffff:11.0.0.0", false},
      {"fd.snet = \"0.0.0.0/0\"", "::ffff:255.255.255.255", true},
      {"fd.snet = \"0.0.0.0/0\"", "::1", false},
      {"fd.snet = \"::/0\"", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true},
      {"fd.snet = \"::/0\"", "::ffff:1.2.3.4", false},
      {"fd.snet in (\"::/0\", \"0.0.0.0/0\")", "::ffff:1.2.3.4", true},
      {"fd.snet in (\"fc00::/7\", \"fd00::/8\")", "fdff::1", true},
      {"fd.snet in (\"fc00::/7\", \"fd00::/8\")", "fe00::1", false},
      {"fd.snet = \"fc00::/7\" and fd.sip != \"fc00::\"", "fc00::", false},
      {"fd.snet in (\"0.0.0.0/1\", \"128.0.0.0/1\") and fd.snet != \"0.0.0.0/0\"", "::ffff:1.2.3.4", false},
  };
  for (const Case& row : cases) {
    const Plan made = plan_of("evt.type = connect and (" + std::string(row.condition) + ")");
    planning::Sample sample(Kind::connect);
    pk_address bytes{};
    pk_ip ip{};
    if (row.address != nullptr) {
      ASSERT_EQ(inet_pton(AF_INET6, row.address, bytes.bytes), 1);
      ASSERT_TRUE(pk_ip_of(AF_INET6, &bytes, &ip));
    }
    sample.set_ip(row.address == nullptr ? std::nullopt : std::optional(ip));
    EXPECT_EQ(judge(*made.image, sample.event()).wanted != 0, row.holds) << row.condition << " " << row.address;
  }
}

// Sixteen sizes of networks have room; rules about one more are left to user space.
TEST(Judge, NetworksOfTooManySizesAreLeftToUserSpace) {
  std::string condition = "fd.rnet = \"10.0.0.0/8\"";
  for (int length = 9; length < 24; ++length) condition += " or fd.rnet = \"11.0.0.0/" + std::to_string(length) + "\"";
  const auto wanted = [](const Plan& made) {
    planning::Sample sample(Kind::connect);
    sample.set_ip(pk_ip{1, 2});
    return judge(*made.image, sample.event()).wanted != 0;
  };
  EXPECT_FALSE(wanted(plan_of("evt.type = connect and (" + condition + ")")));
  EXPECT_TRUE(wanted(plan_of("evt.type = connect and (" + condition + " or fd.rnet = \"12.0.0.0/24\")")));
}

// By what the digest is: the one that is named, one that nobody names, whichever it may be while it is not known.
TEST(Judge, FindsDigests) {
  const std::string a(64, 'a'), zero(64, '0'), other = std::string(63, '0') + "1";
  struct Case {
    std::string condition, digest;
    bool holds;
  };
  const Case cases[] = {
      {"proc.exe_hash.sha256 = " + a, a, true},
      {"proc.exe_hash.sha256 = " + a, zero, false},
      {"proc.exe_hash.sha256 in (" + a + ", " + zero + ")", zero, true},
      {"proc.exe_hash.sha256 in (" + a + ", " + zero + ")", other, false},
      {"not proc.exe_hash.sha256 in (" + a + ", " + zero + ")", other, true},
      {"not proc.exe_hash.sha256 in (" + a + ", " + zero + ")", a, false},
      {"proc.exe_hash.sha256 != " + zero, zero, false},
      {"proc.exe_hash.sha256 != " + zero, other, true},
      {"proc.exe_hash.sha256 = " + a, "", true},
      {"proc.name = x or proc.exe_hash.sha256 = " + a, a, true},
      {"proc.name = x and proc.exe_hash.sha256 = " + a, a, false},
  };
  for (const Case& row : cases) {
    const Plan made = plan_of("evt.type in (execve, execveat) and (" + row.condition + ")");
    planning::Sample sample(Kind::exec);
    if (!row.digest.empty()) sample.set_digest(row.digest);
    EXPECT_EQ(judge(*made.image, sample.event()).wanted != 0, row.holds) << row.condition << " " << row.digest;
  }
}

// The kernel decides about conjuncts that ask for a digest, and about others, where it has one and where it has none.
TEST(Judge, TellsConjunctsThatAskForADigest) {
  const Plan made = plan_of(
      "evt.type in (execve, execveat) and (proc.name = x or proc.exe_hash.sha256 = " + std::string(64, 'a') + ")");
  const auto word = [&](std::uint32_t row) { return made.image->bits[row + 1]; };
  ASSERT_EQ(made.conjuncts.size(), 2u);
  EXPECT_EQ(word(made.image->digest.asking) | word(made.image->digest.others), 3u);
  EXPECT_EQ(word(made.image->digest.asking) & word(made.image->digest.others), 0u);
  const Plan none = plan_of("evt.type in (execve, execveat) and proc.name = x");
  EXPECT_EQ(none.image->digest.asking, PK_NONE);
  EXPECT_EQ(none.image->digest.others, 0u);
  EXPECT_EQ(none.image->digest.lane.used, 0u);
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
