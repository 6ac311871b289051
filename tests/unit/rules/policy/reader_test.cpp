// SPDX-License-Identifier: Apache-2.0
//
// What load_text makes of good files, and what it says about bad ones.
#include <gmock/gmock.h>

#include "rules/policy/documents.h"

namespace picket::policy {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

Documents read(std::string text) {
  Documents documents;
  load_text("site.yaml", std::move(text), documents);
  return documents;
}

std::string rendered(const Documents& documents) {
  std::string all;
  for (const Diagnostic& diagnostic : documents.diagnostics) all += render(diagnostic);
  return all;
}

TEST(Reader, TakesListsMacrosAndRules) {
  const Documents documents = read(R"(
- list: shells
  items: [bash, "a b", 7]
- macro: spawned
  condition: evt.type = execve
---
- rule: Shell
  desc: >
    A shell
    was run
  condition: |
    spawned and
    proc.name in (shells)
  output: run by %user.name
  priority: WARNING
  source: syscall
  enabled: false
  tags: [a, b]
)");
  EXPECT_EQ(rendered(documents), "");
  ASSERT_EQ(documents.lists.size(), 1u);
  EXPECT_EQ(documents.lists[0].name.value, "shells");
  ASSERT_EQ(documents.lists[0].items.size(), 3u);
  EXPECT_EQ(documents.lists[0].items[1].value, "a b");
  EXPECT_EQ(documents.lists[0].items[2].value, "7");
  ASSERT_EQ(documents.macros.size(), 1u);
  EXPECT_EQ(documents.macros[0].condition.value, "evt.type = execve");
  ASSERT_EQ(documents.rules.size(), 1u);
  const RuleItem& rule = documents.rules[0];
  EXPECT_EQ(rule.name.value, "Shell");
  EXPECT_EQ(rule.description.value, "A shell was run");
  EXPECT_EQ(rule.condition.value, "spawned and\nproc.name in (shells)");
  EXPECT_EQ(rule.output.value, "run by %user.name");
  EXPECT_EQ(rule.priority.value, "WARNING");
  ASSERT_EQ(rule.tags.size(), 2u);
  EXPECT_FALSE(rule.enabled);
}

TEST(Reader, AddsToDocumentsThatAreThere) {
  Documents documents;
  load_text("a.yaml", "- list: a\n  items: []\n", documents);
  load_text("b.yaml", "- list: b\n  items: []\n", documents);
  ASSERT_EQ(documents.lists.size(), 2u);
  EXPECT_EQ(documents.lists[0].name.file->path, "a.yaml");
  EXPECT_EQ(documents.lists[1].name.file->path, "b.yaml");
}

TEST(Reader, AliasesRepeatWhatTheyName) {
  const Documents documents = read("- list: a\n  items: &x [one, two]\n- list: b\n  items: *x\n");
  EXPECT_EQ(rendered(documents), "");
  ASSERT_EQ(documents.lists.size(), 2u);
  EXPECT_EQ(documents.lists[1].items[1].value, "two");
}

TEST(Reader, ByteOrderMarkIsNoText) { EXPECT_EQ(read("\xef\xbb\xbf- list: a\n  items: []\n").lists.size(), 1u); }

struct Row {
  const char* name;
  std::string text;
  std::string expected;  // all diagnostics, as printed
};

const Row kRows[] = {
    {"empty file", "", "site.yaml:1:1: warning: this file holds no items\n"},
    {"only comments", "# nothing\n",
     "site.yaml:1:1: warning: this file holds no items\n"
     "    1 | # nothing\n"
     "      | ^\n"},
    {"not YAML", "- rule: x\n  desc: [a\n- rule: y\n",
     "site.yaml:3:7: error: not YAML: end of sequence flow not found\n"
     "    3 | - rule: y\n"
     "      |       ^\n"},
    {"a map", "rule: x\n",
     "site.yaml:1:1: error: a rule file must be a list of items\n"
     "    1 | rule: x\n"
     "      | ^\n"
     "hint: begin each item with '- rule:'\n"},
    {"an item that is no map", "- rule\n",
     "site.yaml:1:3: error: an item must begin with 'rule:', 'macro:' or 'list:'\n"
     "    1 | - rule\n"
     "      |   ^~~~\n"},
    {"unknown item", "- marco: x\n  condition: y\n",
     "site.yaml:1:3: warning: unknown item is ignored: it has no 'rule', 'macro' or 'list'\n"
     "    1 | - marco: x\n"
     "      |   ^~~~~\n"
     "hint: did you mean 'macro'?\n"},
    {"unknown key", "- list: x\n  itmes: [a]\n  items: [a]\n",
     "site.yaml:2:3: warning: unknown key 'itmes' is ignored\n"
     "    2 |   itmes: [a]\n"
     "      |   ^~~~~\n"
     "hint: did you mean 'items'?\n"},
    {"missing key", "- macro: open_read\n",
     "site.yaml:1:10: error: 'macro' without 'condition'\n"
     "    1 | - macro: open_read\n"
     "      |          ^~~~~~~~~\n"},
    {"empty key", "- macro: x\n  condition:\n",
     "site.yaml:2:3: error: 'condition' is empty\n"
     "    2 |   condition:\n"
     "      |   ^~~~~~~~~\n"},
    {"key given twice", "- macro: x\n  condition: a\n  condition: b\n",
     "site.yaml:3:3: error: 'condition' is given twice\n"
     "    3 |   condition: b\n"
     "      |   ^~~~~~~~~\n"},
    {"list for a text", "- macro: x\n  condition: [a]\n",
     "site.yaml:2:14: error: 'condition' must be a text\n"
     "    2 |   condition: [a]\n"
     "      |              ^\n"},
    {"text for a list", "- list: x\n  items: a, b\n",
     "site.yaml:2:3: error: 'items' must be a list of texts\n"
     "    2 |   items: a, b\n"
     "      |   ^~~~~\n"
     "hint: write items: [first, second]\n"},
    {"map in a list", "- list: x\n  items: [a, {b: c}]\n",
     "site.yaml:2:14: error: each of 'items' must be a text\n"
     "    2 |   items: [a, {b: c}]\n"
     "      |              ^\n"
     "hint: an empty text or the word null needs quotes\n"},
    {"not true or false", "- rule: x\n  desc: d\n  condition: c\n  output: o\n  priority: p\n  enabled: maybe\n",
     "site.yaml:6:12: error: 'enabled' must be true or false\n"
     "    6 |   enabled: maybe\n"
     "      |            ^~~~~\n"},
    {"a sign that begins nothing", ",a\n",
     "site.yaml:1:1: error: not YAML: nothing can begin like this\n"
     "    1 | ,a\n"
     "      | ^\n"},
    {"control byte", "- list: x\n  items: [a\x04]\n",
     "site.yaml:2:12: error: not YAML: a control byte\n"
     "    2 |   items: [a ]\n"
     "      |            ^\n"
     "hint: rule files are UTF-8 text; in double quotes, \\x1b is such a byte\n"},
    {"alias inside itself", "- list: x\n  items: &a [*a]\n",
     "site.yaml:2:14: error: not YAML: this alias stands inside what it repeats\n"
     "    2 |   items: &a [*a]\n"
     "      |              ^\n"},
};

TEST(Reader, SaysWhatIsWrongAndWhere) {
  for (const Row& row : kRows) {
    const Documents documents = read(row.text);
    EXPECT_EQ(rendered(documents), row.expected) << row.name;
    EXPECT_THAT(documents.rules, IsEmpty()) << row.name;
  }
}

TEST(Reader, AliasToNothingIsAnError) {
  EXPECT_THAT(rendered(read("- list: x\n  items: *a\n")), HasSubstr("site.yaml:2:10: error: not YAML: "));
}

TEST(Reader, TakesWhatIsDoneAndHowOften) {
  const Documents documents = read(R"(
- rule: x
  desc: d
  condition: c
  output: o
  priority: p
  action: [deny, kill]
  errno: EACCES
  mode: audit
  severity: high
  throttle: {per: [proc.name, user.name], every: 1m, max: 3}
  threshold: {count: 5, within: 10s, by: proc.pid}
)");
  EXPECT_EQ(rendered(documents), "");
  ASSERT_EQ(documents.rules.size(), 1u);
  const RuleItem& rule = documents.rules[0];
  ASSERT_EQ(rule.actions.size(), 2u);
  EXPECT_EQ(rule.actions[1].value, "kill");
  EXPECT_EQ(rule.error.value, "EACCES");
  EXPECT_EQ(rule.mode.value, "audit");
  EXPECT_EQ(rule.severity.value, "high");
  ASSERT_EQ(rule.throttle.per.size(), 2u);
  EXPECT_EQ(rule.throttle.per[1].value, "user.name");
  EXPECT_EQ(rule.throttle.every.value, "1m");
  EXPECT_EQ(rule.throttle.max.value, "3");
  EXPECT_EQ(rule.threshold.count.value, "5");
  ASSERT_EQ(rule.threshold.by.size(), 1u);
}

TEST(Reader, BlocksAreMapsWithTheirKeys) {
  const struct {
    const char* key;
    const char* expected;
  } rows[] = {
      {"throttle: 1m", "6:3: error: 'throttle' must be a map with the keys per, every, max\n"},
      {"throttle: {}", "6:3: error: 'throttle' without 'every'\n"},
      {"throttle: {evry: 1m, every: 1m}",
       "6:14: error: 'throttle' has no key 'evry'\n"
       "    6 |   throttle: {evry: 1m, every: 1m}\n"
       "      |              ^~~~\n"
       "hint: did you mean 'every'?\n"},
      {"throttle: {every: 1m, burst: 2}", "hint: keys: per, every, max\n"},
      {"throttle: {every: 1m, every: 2m}", "6:25: error: 'every' is given twice\n"},
      {"throttle: {every: [1m]}", "6:21: error: 'every' must be a text\n"},
      {"throttle: {every: 1m, per: {a: b}}", "'per' must be a text\n"},
      {"threshold: {count: 3}", "6:3: error: 'threshold' without 'within'\n"},
  };
  for (const auto& row : rows) {
    const Documents documents =
        read("- rule: x\n  desc: d\n  condition: c\n  output: o\n  priority: p\n  " + std::string(row.key) + "\n");
    EXPECT_THAT(rendered(documents), HasSubstr(row.expected)) << row.key;
    EXPECT_THAT(documents.rules, IsEmpty()) << row.key;
  }
}

TEST(Reader, EveryErrorIsReportedAndTheRestIsRead) {
  const Documents documents = read("- macro: a\n- list: b\n- macro: c\n  condition: d\n");
  EXPECT_EQ(documents.diagnostics.size(), 2u);
  EXPECT_EQ(documents.macros.size(), 1u);
}

TEST(Reader, DeepNestingIsRefused) {
  for (const char* level : {"[", "{a: ", "- "}) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += level;
    const Documents documents = read(text);
    ASSERT_EQ(documents.diagnostics.size(), 1u) << level;
    EXPECT_THAT(documents.diagnostics[0].message, HasSubstr("nested too deeply")) << level;
    EXPECT_EQ(documents.diagnostics[0].where.line, 1u);
  }
}

TEST(Reader, AliasBombIsRefused) {
  std::string text = "- list: a\n  items: &a [" + std::string(100'000, 'x') + "]\n";
  for (int i = 0; i < 100; ++i) text += "- list: b\n  items: *a\n";
  const Documents documents = read(text);
  EXPECT_THAT(rendered(documents), HasSubstr("aliases repeat too much text here"));
  EXPECT_LT(documents.lists.size(), 5u);
}

TEST(Reader, FindingsAreLimited) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "- x: y\n";
  const Documents documents = read(text);
  EXPECT_LT(documents.diagnostics.size(), 1100u);
  EXPECT_TRUE(has_errors(documents.diagnostics));
  EXPECT_THAT(documents.diagnostics.back().message, HasSubstr("too many findings"));
}

TEST(Reader, TooMuchTextIsRefused) {
  EXPECT_THAT(rendered(read(std::string((16u << 20) + 1, '#'))), HasSubstr("larger than 16777216 bytes"));
}

}  // namespace
}  // namespace picket::policy
