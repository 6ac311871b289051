// SPDX-License-Identifier: Apache-2.0
//
// Search identifiers and the condition over them.
#include <gtest/gtest.h>

#include "tests/unit/rules/sigma/convert.h"

namespace picket::sigma::test {
namespace {

// a, b, c, _d are process ids 1, 2, 3, 4: short to read.
constexpr const char* kIdentifiers =
    "  sel_a: {ProcessId: 1}\n  sel_b: {ProcessId: 2}\n  other: {ProcessId: 3}\n  _hidden: {ProcessId: 4}\n";

struct Row {
  const char* condition;
  const char* expected;
};

const Row kConditions[] = {
    {"sel_a", "proc.pid = 1"},
    {"sel_a and sel_b", "proc.pid = 1 and proc.pid = 2"},
    {"sel_a or sel_b and not other", "(proc.pid = 1 or proc.pid = 2 and not proc.pid = 3)"},
    {"(sel_a or sel_b) AND NOT other", "(proc.pid = 1 or proc.pid = 2) and not proc.pid = 3"},
    {"not (sel_a or sel_b)", "not (proc.pid = 1 or proc.pid = 2)"},
    {"not not sel_a", "not not proc.pid = 1"},
    {"1 of them", "(proc.pid = 1 or proc.pid = 2 or proc.pid = 3)"},
    {"any of them", "(proc.pid = 1 or proc.pid = 2 or proc.pid = 3)"},
    {"all of them", "proc.pid = 1 and proc.pid = 2 and proc.pid = 3"},
    {"2 of them", "(proc.pid = 1 and proc.pid = 2 or proc.pid = 1 and proc.pid = 3 or proc.pid = 2 and proc.pid = 3)"},
    {"3 of them", "proc.pid = 1 and proc.pid = 2 and proc.pid = 3"},
    {"1 of sel*", "(proc.pid = 1 or proc.pid = 2)"},
    {"all of sel_*", "proc.pid = 1 and proc.pid = 2"},
    {"all of *_b", "proc.pid = 2"},
    {"1 of s*_*", "(proc.pid = 1 or proc.pid = 2)"},
    {"1 of other", "proc.pid = 3"},
    {"1 of _*", "proc.pid = 4"},
    {"other and not 1 of sel_*", "proc.pid = 3 and not (proc.pid = 1 or proc.pid = 2)"},
    {"[sel_a, sel_b and other]", "(proc.pid = 1 or proc.pid = 2 and proc.pid = 3)"},
    {"sel_a | count() > 5", "8:20: 'T' is not converted: it counts events ('|'), which is an aggregation"},
    {"sel_x", "8:14: error: 'T': there is no search identifier 'sel_x'"},
    {"sel_a and", "8:23: error: 'T': a search identifier is missing at the end"},
    {"(sel_a", "8:20: error: 'T': a ')' is missing"},
    {"sel_a)", "8:19: error: 'T': 'and', 'or' or the end must stand here, not ')'"},
    {"sel_a sel_b", "8:20: error: 'T': 'and', 'or' or the end must stand here, not 'sel_b'"},
    {"1 of nothing*", "8:19: error: 'T': no search identifier fits 'nothing*'"},
    {"9 of sel*", "8:19: error: 'T': only 2 search identifiers fit 'sel*'"},
    {"some of sel*", "8:22: error: 'T': 'of' follows 'all', 'any' or a number, not 'some'"},
    {"''", "8:14: error: 'T': the condition is empty"},
    {"{a: b}", "8:14: error: 'T': 'condition' must be a text or a list of texts"},
};

TEST(SigmaCondition, Forms) {
  for (const Row& row : kConditions) {
    const std::string actual = of_process(kIdentifiers + std::string("  condition: ") + row.condition + "\n");
    EXPECT_EQ(actual, row.expected) << row.condition;
  }
}

const Row kDetections[] = {
    {"  s: [{ProcessId: 1, User: root}, {ProcessId: 2}]\n  condition: s\n",
     "(proc.pid = 1 and tolower(user.name) = \"root\" or proc.pid = 2)"},
    {"  s: {Image: a, Image: b}\n  condition: s\n", "4:17: error: 'T': 'Image' is given twice"},
    {"  s: {Image: a}\n  s: {Image: b}\n  condition: s\n", "5:3: error: 'T': 's' is given twice"},
    {"  s: {}\n  condition: s\n", "4:6: error: 'T': a map without fields"},
    {"  s: []\n  condition: s\n", "4:6: error: 'T': a list without values"},
    {"  s: null\n  condition: s\n", "4:6: error: 'T': a search identifier without a definition"},
    {"  s: [[a]]\n  condition: s\n", "4:7: error: 'T': a map or a text must stand here"},
    {"  s: {ProcessId: 1}\n", "4:3: error: 'T': 'detection' without 'condition'"},
    {"  s: {ProcessId: 1}\n  timeframe: 5m\n  condition: s\n",
     "5:14: 'T' is not converted: it counts events within a time, which is an aggregation"},
    {"  s: [word]\n  condition: s\n",
     "4:7: 'T' is not converted: keywords are looked for in a log message, and events are none"},
};

TEST(SigmaCondition, Definitions) {
  for (const Row& row : kDetections) EXPECT_EQ(of_process(row.condition), row.expected) << row.condition;
}

TEST(SigmaCondition, HasLimits) {
  std::string deep(5000, '(');
  EXPECT_EQ(of_process("  s: {ProcessId: 1}\n  condition: " + deep + "s\n"),
            "5:115: error: 'T': the condition is nested too deeply");
  std::string many;
  for (int i = 0; i < 30; ++i) many += "  s" + std::to_string(i) + ": {ProcessId: " + std::to_string(i) + "}\n";
  EXPECT_EQ(of_process(many + "  condition: 15 of s*\n"),
            "34:14: 'T' is not converted: there are too many ways to choose 15 of 30 search identifiers");
  std::string wide = "  s: &s\n    ProcessId: [";
  for (int i = 0; i < 5000; ++i) wide += std::to_string(i) + ",";
  EXPECT_EQ(of_process(wide + "5000]\n  condition: s or s or s or s or s\n"),
            "4:6: 'T' is not converted: it compares with more than 20000 values");
}

}  // namespace
}  // namespace picket::sigma::test
