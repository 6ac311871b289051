// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/rule_texts.h"

#include <gtest/gtest.h>

#include "rules/event/revision.h"
#include "tests/support/sample.h"

namespace picket {
namespace {

TEST(RuleTexts, MembersOfTheRule) {
  test::SampleAlert sample;
  sample.tags = {"a", "b\""};
  sample.attacks.clear();
  RuleTexts texts;
  EXPECT_EQ(texts.of(sample.alert()).members,
            R"(,"rule":"Read of credential file by untrusted program","priority":"Critical","severity":"Critical",)"
            R"("severity_id":5,"description":"A program that has no business there read a file with password hashes.",)"
            R"("tags":["a","b\""])");
}

TEST(RuleTexts, EachFieldOnce) {
  test::SampleAlert sample;
  const Field* const field = find_field("proc.pid");
  sample.output = {{"proc.pid ", nullptr, -1},
                   {"proc.pid", field, -1},
                   {" ", nullptr, -1},
                   {"proc.name", field, -1},
                   {"proc.pid", field, -1}};
  RuleTexts texts;
  const auto& fields = texts.of(sample.alert()).fields;
  ASSERT_EQ(fields.size(), 2u);
  EXPECT_EQ(fields[0].piece, 1u);
  EXPECT_EQ(fields[0].name, "\"proc.pid\":");
  EXPECT_EQ(fields[1].piece, 3u);
}

// Of as many rules as there are, by turns: each has its own text, as long as it has its revision.
TEST(RuleTexts, OfTheRevision) {
  test::SampleAlert sample;
  RuleTexts texts;
  std::vector<std::uint64_t> revisions(1);  // 0: none
  for (int i = 0; i < 200; ++i) {
    Revision revision;
    revision.renew();
    revisions.push_back(revision.number());
  }
  for (int round = 0; round < 2; ++round) {
    for (const std::uint64_t revision : revisions) {
      sample.rule = std::to_string(revision);
      Alert alert = sample.alert();
      alert.rule_revision = revision;
      EXPECT_EQ(texts.of(alert).members.find(",\"rule\":\"" + sample.rule + '"'), 0u);
      sample.rule = "changed";
      Alert changed = sample.alert();
      changed.rule_revision = revision;
      const bool kept = texts.of(changed).members.find("changed") == std::string::npos;
      EXPECT_EQ(kept, revision != 0);
    }
  }
}

}  // namespace
}  // namespace picket
