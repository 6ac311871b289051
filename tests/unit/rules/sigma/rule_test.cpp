// SPDX-License-Identifier: Apache-2.0
//
// Whole rules and whole files.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/rules/sigma/convert.h"

namespace picket::sigma::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kSigma = R"(title: A shell that talks
id: 00000000-0000-4000-8000-000000000001
status: test
description: |
  Two lines
  with "quotes".
references:
  - https://example.org/a
  - https://example.org/b
author: Somebody, somebody else
date: 2026-11-21
tags: [attack.privilege-escalation, attack.t1059.004, attack.G0016, cve.2021-4034]
logsource:
  product: linux
  category: process_creation
  definition: whatever
detection:
  selection:
    Image|endswith: [/sh, /bash]
    CommandLine|contains: /dev/tcp
  condition: selection
falsepositives:
  - None
level: high
license: MIT
)";

constexpr const char* kPicket = R"-(# Sigma rule of x.yml
#   id: 00000000-0000-4000-8000-000000000001
#   status: test
#   author: Somebody, somebody else
#   date: 2026-11-21
#   license: MIT
#   references: https://example.org/a
#   references: https://example.org/b
#   falsepositives: None
- rule: A shell that talks
  desc: "Two lines with \"quotes\"."
  condition: >
    evt.type in (execve, execveat) and tolower(proc.exepath) endswith anyof ("/sh", "/bash")
    and tolower(proc.exeline) contains "/dev/tcp"
  output: "A shell that talks (user=%user.name command=%proc.exeline exe=%proc.exepath parent=%proc.pexeline container=%container.id)"
  priority: ERROR
  tags: [mitre_privilege_escalation, T1059.004, G0016, cve.2021-4034]
)-";

TEST(SigmaRule, Whole) {
  const Conversion conversion = converted(kSigma);
  EXPECT_EQ(conversion.rules, kPicket);
  EXPECT_EQ(conversion.converted, 1u);
  EXPECT_TRUE(conversion.findings.empty());
}

// A document with these keys and a plain rest.
std::string plain(const std::string& keys) {
  return keys +
         "\nlogsource: {product: linux, category: process_creation}\ndetection: {s: {ProcessId: 1}, condition: s}\n";
}

policy::Documents read_back(const Conversion& conversion) {
  policy::Documents documents;
  policy::load_text("converted", conversion.rules, documents);
  EXPECT_TRUE(documents.diagnostics.empty() || conversion.converted == 0);
  return documents;
}

TEST(SigmaRule, TitlesAreKeptAndUnique) {
  const char* const titles[] = {"Plain",
                                "100% sure: \"yes\" # \\ no",
                                "true",
                                "- dash",
                                "[a]",
                                "\xc3\x9c"
                                "bel",
                                "a:  b"};
  for (const std::string title : titles) {
    std::string quoted = "'" + title + "'";
    const auto documents = read_back(converted(plain("title: " + quoted)));
    ASSERT_EQ(documents.rules.size(), 1u) << title;
    EXPECT_EQ(documents.rules[0].name.value, title == "a:  b" ? "a: b" : title);
  }
  const auto documents = read_back(converted(plain("title: T") + "---\n" + plain("title: T\nid: x1") + "---\n" +
                                             plain("title: T") + "---\n" + plain("title: T\nid: x1")));
  ASSERT_EQ(documents.rules.size(), 4u);
  EXPECT_EQ(documents.rules[1].name.value, "T (x1)");
  EXPECT_EQ(documents.rules[2].name.value, "T (2)");
  EXPECT_EQ(documents.rules[3].name.value, "T (x1) (2)");
}

TEST(SigmaRule, LevelsBecomePriorities) {
  const char* const rows[][2] = {{"level: informational", "INFORMATIONAL"},
                                 {"level: low", "NOTICE"},
                                 {"level: medium", "WARNING"},
                                 {"level: High", "ERROR"},
                                 {"level: critical", "CRITICAL"},
                                 {"author: x", "NOTICE"}};
  for (const auto& [key, priority] : rows) {
    EXPECT_EQ(read_back(converted(plain("title: T\n" + std::string(key)))).rules[0].priority.value, priority);
  }
}

TEST(SigmaRule, Tags) {
  const char* const rows[][2] = {
      {"attack.t1059", "T1059"},  {"ATTACK.T1059.004", "T1059.004"},
      {"attack.s0002", "S0002"},  {"attack.command-and-control", "mitre_command_and_control"},
      {"attack.4x", "mitre_4x"},  {"attack.", "attack."},
      {"tlp.amber", "tlp.amber"}, {"cve.2021-4034", "cve.2021-4034"}};
  for (const auto& [tag, expected] : rows) {
    const auto documents = read_back(converted(plain("title: T\ntags: [" + std::string(tag) + "]")));
    ASSERT_EQ(documents.rules.size(), 1u) << tag;
    ASSERT_EQ(documents.rules[0].tags.size(), 1u) << tag;
    EXPECT_EQ(documents.rules[0].tags[0].value, expected);
  }
}

TEST(SigmaRule, LongTextsInQuotesAreNotBroken) {
  std::string item;
  for (int i = 0; i < 40; ++i) item += "'and  or\" \\\\ (" + std::to_string(i) + " and ', ";
  const std::string text = outcome(rule(kProcess, "  s: {CommandLine|contains: [" + item + "]}\n  condition: s\n"));
  EXPECT_THAT(text, HasSubstr("\"and  or\\\" \\\\ (7 and \", \"and  or\\\" \\\\ (8 and \""));
}

TEST(SigmaRule, Mistakes) {
  const struct {
    std::string text;
    const char* expected;
  } rows[] = {
      {"title: [a\n", "2:1: error: not YAML: end of sequence flow not found"},
      {"title: \x01\n", "1:8: error: not YAML: a control byte"},
      {"- a\n", "1:1: error: a Sigma rule must be a map"},
      {"id: x\n", "1:1: error: a rule needs 'title', a text"},
      {"title: T\n", "1:1: error: 'T': a rule needs 'logsource', a map"},
      {"title: T\nlogsource: {category: process_creation}\n", "1:1: error: 'T': a rule needs 'detection'"},
      {"title: T\nlogsource: {category: process_creation}\ndetection: x\n",
       "3:12: error: 'T': 'detection' must be a map of search identifiers"},
      {plain("title: T\nlevel: hihg"), "2:8: error: 'T': unknown level 'hihg'"},
      {"title: T\ncorrelation: {type: event_count}\n",
       "2:14: 'T' is not converted: it is a correlation of several events"},
      {plain("title: T\nid: a\nid: b"), "3:1: error: 'T': 'id' is given twice"},
      {"title: T\nfilter: {rules: [a]}\n", "2:9: 'T' is not converted: it is a filter for other rules"},
      {"action: repaet\ntitle: T\n", "1:9: error: 'T': unknown action 'repaet'"},
      {"action: repeat\ntitle: T\n", "1:9: error: 'T': there is no rule before to repeat"},
      {"", "nothing"},
  };
  for (const auto& row : rows) EXPECT_EQ(outcome(row.text), row.expected) << row.text;
}

TEST(SigmaRule, OneBadRuleDoesNotStopTheOthers) {
  const Conversion conversion =
      converted(plain("title: A") + "---\nid: x\n---\n" + plain("title: B\nlevel: x") + "---\n" + plain("title: C"));
  EXPECT_EQ(conversion.converted, 2u);
  EXPECT_EQ(conversion.findings.size(), 2u);
  Converter converter;
  converter.add("/nonexistent/x.yml");
  converter.add_text("y.yml", plain("title: D"));
  const Conversion files = std::move(converter).finish();
  EXPECT_EQ(files.converted, 1u);
  ASSERT_EQ(files.findings.size(), 1u);
  EXPECT_EQ(render(files.findings[0]), "/nonexistent/x.yml: error: cannot read this: No such file or directory\n");
}

TEST(SigmaRule, NothingIsAnEmptyRuleFile) { EXPECT_EQ(converted("").rules, "[]\n"); }

TEST(SigmaRule, ActionsPutDocumentsTogether) {
  const auto documents = read_back(converted(R"(action: global
title: Shared
level: low
logsource: {product: linux, category: process_creation}
detection:
  base: {ProcessId: 1}
---
detection:
  own: {ProcessId: 2}
  condition: base and own
---
action: repeat
title: Repeated
detection:
  own: {ProcessId: 3}
---
action: reset
---
title: Free
logsource: {product: linux, category: process_creation}
detection: {s: {ProcessId: 4}, condition: 1 of *}
)"));
  ASSERT_EQ(documents.rules.size(), 3u);
  const char* const expected[][2] = {{"Shared", "proc.pid = 1 and proc.pid = 2"},
                                     {"Repeated", "proc.pid = 1 and proc.pid = 3"},
                                     {"Free", "proc.pid = 4"}};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(documents.rules[i].name.value, expected[i][0]);
    EXPECT_EQ(documents.rules[i].condition.value, std::string("evt.type in (execve, execveat) and ") + expected[i][1]);
  }
}

TEST(SigmaRule, ActionsHaveLimits) {
  std::string global = "action: global\ntitle: T\n";
  for (int i = 0; i < 600; ++i) global += "key" + std::to_string(i) + ": 1\n";
  EXPECT_EQ(outcome(global + "---\n" + plain("title: U")),
            "604:1: error: too much is put together by 'action': nothing of this file is converted");
}

TEST(SigmaRule, DirectoriesAreReadAtAnyDepth) {
  namespace fs = std::filesystem;
  const fs::path root = fs::path(testing::TempDir()) / "picket-sigma-rules";
  fs::remove_all(root);
  fs::create_directories(root / "linux" / "process");
  std::ofstream(root / "linux" / "process" / "a.yml") << plain("title: A");
  std::ofstream(root / "linux" / "b.yaml") << plain("title: B");
  std::ofstream(root / "notes.txt") << "title: [";
  Converter converter;
  converter.add(root.string());
  const auto documents = read_back(std::move(converter).finish());
  ASSERT_EQ(documents.rules.size(), 2u);
  EXPECT_EQ(documents.rules[0].name.value, "B");
  EXPECT_EQ(documents.rules[1].name.value, "A");
  fs::remove_all(root);
}

}  // namespace
}  // namespace picket::sigma::test
