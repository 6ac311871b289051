// SPDX-License-Identifier: Apache-2.0
//
// What rules say of actions, severities, throttles and thresholds, and what is said about mistakes there.
#include "rules/compile/response.h"

#include <gmock/gmock.h>

#include "rules/compile/compile.h"
#include "rules/language/durations.h"
#include "tests/support/compile.h"

namespace picket {
namespace {

using test::rendered;
using ::testing::HasSubstr;

Compiled compile_rule(const std::string& more) {
  policy::Documents documents;
  policy::load_text("site.yaml",
                    "- rule: x\n  desc: d\n  condition: evt.type = openat\n  output: o\n  priority: NOTICE\n" + more,
                    documents);
  return compile(documents);
}

TEST(Response, OfWellWrittenRules) {
  const struct {
    std::string more;
    std::string response, mode, severity;
  } rows[] = {
      {"", "alert", "", "Low"},
      {"  action: alert\n", "alert", "", "Low"},
      {"  action: deny\n", "deny (EPERM)", "", "Low"},
      {"  action: kill\n  mode: enforce\n", "kill", "enforce", "Low"},
      {"  action: [alert, deny]\n  errno: ENOENT\n", "deny (ENOENT)", "", "Low"},
      {"  action: [kill, deny]\n  errno: EACCES\n  mode: audit\n", "deny (EACCES), kill", "audit", "Low"},
      {"  action: deny\n  exempt: none\n", "deny (EPERM), nobody exempt", "", "Low"},
      {"  action: deny\n  exempt: none\n- rule: x\n  action: kill\n  override: {action: replace}\n", "kill", "", "Low"},
      {"  severity: fatal\n", "alert", "", "Fatal"},
      {"  severity: Medium\n", "alert", "", "Medium"},
      // Changed by a later item.
      {"  action: deny\n  errno: EACCES\n  mode: audit\n- rule: x\n  action: alert\n  override: {action: replace}\n",
       "alert", "", "Low"},
      {"- rule: x\n  errno: EACCES\n  action: deny\n  override: {errno: replace, action: replace}\n", "deny (EACCES)",
       "", "Low"},
      {"  action: deny\n- rule: x\n  errno: EIO\n  mode: observe\n  severity: high\n"
       "  override: {errno: replace, mode: replace, severity: replace}\n",
       "deny (EIO)", "observe", "High"},
  };
  for (const auto& row : rows) {
    const Compiled compiled = compile_rule(row.more);
    EXPECT_EQ(rendered(compiled), "") << row.more;
    ASSERT_EQ(compiled.policy.rules.size(), 1u) << row.more;
    const Rule& rule = compiled.policy.rules[0];
    EXPECT_EQ(describe(rule.response), row.response) << row.more;
    EXPECT_EQ(rule.response.mode ? kModes[static_cast<int>(*rule.response.mode)] : "", row.mode) << row.more;
    EXPECT_EQ(severity_name(rule.severity), row.severity) << row.more;
  }
}

TEST(Response, ItIsKnownWhereItIsWritten) {
  const Compiled compiled = compile_rule("  action: [alert, kill]\n");
  ASSERT_EQ(compiled.policy.rules.size(), 1u);
  const Rule& rule = compiled.policy.rules[0];
  EXPECT_EQ(rule.acts.line, 6u);
  EXPECT_EQ(rule.acts.column, 19u);
  EXPECT_EQ(rule.acts_line, "  action: [alert, kill]");
  EXPECT_EQ(compile_rule("").policy.rules.at(0).acts.line, 0u);
}

TEST(Response, MistakesAreShownWithTheNearestName) {
  const struct {
    std::string more, expected;
  } rows[] = {
      {"  action: dney\n", "6:11: error: unknown action 'dney'\n"},
      {"  action: dney\n", "hint: did you mean 'deny'?\n"},
      {"  action: obliterate\n", "hint: actions: alert, deny, kill; or several: [deny, kill]\n"},
      {"  action: []\n", "6:3: error: 'action' is empty\n"},
      {"  action: deny\n  errno: EACESS\n", "7:10: error: unknown errno 'EACESS'\n"},
      {"  action: deny\n  errno: EACESS\n", "hint: did you mean 'EACCES'?\n"},
      {"  action: deny\n  errno: 13\n", "hint: errors have the names of errno(3)"},
      {"  action: kill\n  errno: EACCES\n", "7:10: error: 'errno' without 'action: deny'\n"},
      {"  errno: EACCES\n", "6:10: error: 'errno' without 'action: deny'\n"},
      {"  mode: audit\n", "6:9: error: 'mode' without an action that could be enforced\n"},
      {"  action: deny\n  mode: auditt\n", "hint: did you mean 'audit'?\n"},
      {"  exempt: none\n", "6:11: error: 'exempt' without an action that is enforced\n"},
      {"  action: deny\n  exempt: nobody\n", "7:11: error: unknown exempt 'nobody'\n"},
      {"  severity: hgih\n", "6:13: error: unknown severity 'hgih'\n"},
      {"  severity: severe\n", "hint: severities: informational, low, medium, high, critical, fatal\n"},
      {"  throttle: {every: 1 m}\n", "6:21: error: expected a duration of at most 24h, got '1 m'\n"},
      {"  throttle: {every: 0s}\n", "got '0s'"},
      {"  throttle: {every: 25h}\n", "got '25h'"},
      {"  throttle: {every: -1s}\n", "got '-1s'"},
      {"  throttle: {every: 1m, max: 0}\n", "6:30: error: expected a whole number from 1 to 4294967295, got '0'\n"},
      {"  throttle: {every: 1m, max: some}\n", "got 'some'"},
      {"  throttle: {every: 1m, per: [proc.nmae]}\n", "6:31: error: unknown field 'proc.nmae'\n"},
      {"  throttle: {every: 1m, per: [proc.name and]}\n", "this is not a field, nor a function of fields"},
      {"  threshold: {count: 1001, within: 1s}\n", "expected a whole number from 1 to 1000, got '1001'\n"},
      {"  threshold: {count: 5, within: soon}\n", "hint: write 500ms, 90s, 1m or 1h\n"},
      {"  threshold: {count: 5, within: 1s, by: evt.typo}\n", "unknown field 'evt.typo'"},
  };
  for (const auto& row : rows) {
    const Compiled compiled = compile_rule(row.more);
    EXPECT_THAT(rendered(compiled), HasSubstr(row.expected)) << row.more;
    EXPECT_TRUE(compiled.policy.rules.empty()) << row.more;
  }
}

TEST(Response, ThrottlesAndThresholdsAreTaken) {
  const Compiled compiled = compile_rule(
      "  throttle: {per: [proc.name, \"toupper(fd.name)\"], every: 1m, max: 3}\n"
      "  threshold: {count: 5, within: 1h, by: [fd.rip.name, evt.res]}\n");
  EXPECT_EQ(rendered(compiled), "");
  ASSERT_EQ(compiled.policy.rules.size(), 1u);
  const Rule& rule = compiled.policy.rules[0];
  EXPECT_EQ(describe(rule.throttle), "3 in 1m per proc.name, toupper(fd.name)");
  EXPECT_EQ(describe(rule.threshold), "5 within 1h by fd.rip.name, evt.res");
  EXPECT_TRUE(rule.needs.contains(Kind::dns)) << "for fd.rip.name";
  EXPECT_TRUE(rule.results.contains(Kind::open)) << "for evt.res";
}

constexpr const char* kSteps = R"(
- rule: first
  desc: d
  condition: evt.type = unlink
  output: o
  priority: INFO
  enabled: false
- rule: unused
  desc: d
  condition: evt.type = mkdir
  output: o
  priority: INFO
  enabled: false
)";

TEST(SequenceRules, BringTheirStepsIntoThePolicy) {
  const Compiled compiled =
      compile_rule("  sequence: {after: [first, first], by: [proc.name, evt.res], within: 1m}\n" + std::string(kSteps));
  EXPECT_EQ(rendered(compiled), "");
  ASSERT_EQ(compiled.policy.rules.size(), 2u);
  const Rule& rule = compiled.policy.rules[0];
  const Rule& step = compiled.policy.rules[1];
  EXPECT_EQ(describe(rule.sequence), "after first, first within 1m by proc.name, evt.res");
  EXPECT_EQ(rule.sequence.steps, (std::vector<std::size_t>{1, 1}));
  EXPECT_TRUE(rule.reports);
  EXPECT_EQ(step.name, "first");
  EXPECT_FALSE(step.reports);
  EXPECT_TRUE(compiled.policy.kinds.contains(Kind::unlink));
  EXPECT_FALSE(compiled.policy.kinds.contains(Kind::mkdir));
  EXPECT_TRUE(compiled.policy.results.contains(Kind::open)) << "for evt.res";
}

TEST(SequenceRules, ADisabledOneBringsNone) {
  const Compiled compiled =
      compile_rule("  enabled: false\n  sequence: {after: first, by: ancestor, within: 1m}\n" + std::string(kSteps));
  EXPECT_EQ(rendered(compiled), "");
  EXPECT_TRUE(compiled.policy.rules.empty());
}

TEST(SequenceRules, MistakesAreShownWhereTheyAre) {
  const struct {
    std::string more, expected;
  } rows[] = {
      {"  sequence: {after: frist, by: process, within: 1m}\n",
       "6:21: error: there is no rule 'frist'\n"
       "    6 |   sequence: {after: frist, by: process, within: 1m}\n"
       "      |                     ^~~~~\n"
       "hint: did you mean 'first'?\n"},
      {"  sequence: {after: x, by: process, within: 1m}\n",
       "6:21: error: the rule 'x' is a sequence, which cannot be a step\n"},
      {"  sequence: {after: [], by: process, within: 1m}\n", "6:3: error: 'after' must name 1 to 8 rules\n"},
      {"  sequence: {after: [first, first, first, first, first, first, first, first, first], by: process, within: "
       "1m}\n",
       "'after' must name 1 to 8 rules\n"},
      {"  sequence: {after: first, by: porcess, within: 1m}\n", "error: unknown subject 'porcess'\n"},
      {"  sequence: {after: first, by: porcess, within: 1m}\n", "hint: did you mean 'process'?\n"},
      {"  sequence: {after: first, by: proc.nmae, within: 1m}\n", "error: unknown field 'proc.nmae'\n"},
      {"  sequence: {after: first, by: [], within: 1m}\n", "error: 'by' is empty\n"},
      {"  sequence: {after: first, by: process, within: 1d}\n", "got '1d'\n"},
      {"  sequence: {after: first, by: process}\n", "error: 'sequence' without 'within'\n"},
      {"  sequence: {after: first, by: process, within: 1m}\n  threshold: {count: 2, within: 1s}\n",
       "7:3: error: 'threshold' and 'sequence' exclude each other\n"},
      {"  enabled: false\n  sequence: {after: frist, by: process, within: 1m}\n", "there is no rule 'frist'\n"},
  };
  for (const auto& row : rows) {
    const Compiled compiled = compile_rule(row.more + kSteps);
    EXPECT_THAT(rendered(compiled), HasSubstr(row.expected)) << row.more;
    EXPECT_TRUE(compiled.policy.rules.empty()) << row.more;
  }
}

TEST(SequenceRules, AStepThatIsSkippedSkipsThem) {
  const Compiled compiled = compile_rule(
      "  sequence: {after: other, by: process, within: 1m}\n"
      "- rule: other\n  desc: d\n  condition: no.field = 1\n  output: o\n  priority: INFO\n"
      "  skip-if-unknown-filter: true\n");
  EXPECT_THAT(rendered(compiled),
              HasSubstr("warning: the rule is skipped: its step 'other' is skipped or has an error\n"));
  EXPECT_TRUE(compiled.policy.rules.empty());
}

TEST(Durations, AreReadAndShown) {
  const struct {
    const char* text;
    std::uint64_t nanoseconds;
    const char* shown;
  } rows[] = {
      {"1s", 1'000'000'000, "1s"},         {"90s", 90'000'000'000, "90s"},  {"60s", 60'000'000'000, "1m"},
      {"1500ms", 1'500'000'000, "1500ms"}, {"1h", 3'600'000'000'000, "1h"}, {"0s", 0, "0ms"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(parse_duration(row.text), row.nanoseconds) << row.text;
    EXPECT_EQ(duration_text(row.nanoseconds), row.shown);
  }
  for (const char* text : {"", "s", "1", "1 s", "1S", "1d", "1.5s", "-1s", "99999999999999999999s", "5124096h"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

}  // namespace
}  // namespace picket
