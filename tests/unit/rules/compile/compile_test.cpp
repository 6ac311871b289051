// SPDX-License-Identifier: Apache-2.0
//
// Rule files and what the compiler makes of them: the bound condition of a good rule, the whole text of the findings
// about a bad one.
#include "rules/compile/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace picket {
namespace {

using ::testing::ElementsAre;

Compiled compile_text(std::string yaml) {
  policy::Documents documents;
  policy::load_text("r.yaml", std::move(yaml), documents);
  return compile(documents);
}

std::string rule(std::string_view condition, std::string_view output = "x", std::string_view name = "R") {
  return "- rule: " + std::string(name) + "\n  desc: d\n  condition: >\n    " + std::string(condition) +
         "\n  output: '" + std::string(output) + "'\n  priority: INFO\n";
}

// All findings as a person sees them.
std::string findings(const Compiled& compiled) {
  std::string text;
  for (const Diagnostic& diagnostic : compiled.diagnostics) text += render(diagnostic);
  return text;
}

// The bound condition of the only rule, or the findings.
std::string bound(const std::string& yaml) {
  const Compiled compiled = compile_text(yaml);
  const bool good = compiled.policy.rules.size() == 1 && compiled.diagnostics.empty();
  return good ? print(*compiled.policy.rules.front().condition) : findings(compiled);
}

TEST(Compile, ConditionsAreBoundAndExpanded) {
  const std::string lists =
      "- {list: shells, items: [sh, bash, 'two words']}\n"
      "- {list: all_shells, items: [zsh, shells, zsh]}\n"
      "- {list: nginx, items: [nginx, 'nginx: worker']}\n"
      "- {list: one, items: [/etc/passwd]}\n"
      "- {list: none, items: []}\n"
      "- {list: ports, items: [80, 0x1bb]}\n";
  const std::string macros =
      "- {macro: late, condition: early and proc.pid = 1}\n"
      "- {macro: early, condition: proc.name = a or proc.name = b}\n"
      "- {macro: outer, condition: not late}\n"
      "- {macro: alias, condition: early}\n";
  const struct {
    std::string_view condition, expected;
  } rows[] = {
      // lists; the literals of `in` come out sorted, each once
      {"proc.name in (shells)", "proc.name in (bash, sh, \"two words\")"},
      {"proc.name in shells", "proc.name in (bash, sh, \"two words\")"},
      {"proc.name in (fish, all_shells, sh)", "proc.name in (bash, fish, sh, \"two words\", zsh)"},
      {"proc.name in (\"shells\")", "proc.name in (shells)"},
      {"proc.name in (unknown)", "proc.name in (unknown)"},
      {"proc.name in (nginx)", "proc.name in (nginx, \"nginx: worker\")"},
      {"fd.name startswith one", "fd.name startswith /etc/passwd"},
      {"fd.name = \"one\"", "fd.name = one"},
      {"not proc.name in (none)", "not proc.name in ()"},
      {"fd.sport in (ports, 53, 80)", "fd.sport in (53, 80, 0x1bb)"},
      // macros, in any order
      {"late", "(proc.name = a or proc.name = b) and proc.pid = 1"},
      {"outer or alias", "not ((proc.name = a or proc.name = b) and proc.pid = 1) or (proc.name = a or proc.name = b)"},
      // arguments and literals of each type
      {"proc.aname = x and proc.aname[3] = y", "proc.aname = x and proc.aname[3] = y"},
      {"proc.pid = 0x10 or proc.pid != 18446744073709551615", "proc.pid = 0x10 or proc.pid != 18446744073709551615"},
      {"user.loginuid = -1", "user.loginuid = -1"},
      {"evt.is_open_read = true", "evt.is_open_read = true"},
      {"fd.sip in (10.0.0.1, 2001:db8::1, \"::1\")", "fd.sip in (10.0.0.1, ::1, 2001:db8::1)"},
      {"evt.type in (openat, open)", "evt.type in (open, openat)"},
  };
  for (const auto& [condition, expected] : rows) EXPECT_EQ(bound(lists + macros + rule(condition)), expected);
}

TEST(Compile, LiteralsHaveTheTypeOfTheirField) {
  const Compiled compiled = compile_text(
      rule("proc.name in (b, a) and proc.pid = 0x10 and user.loginuid = -2 and evt.is_open_read = true and "
           "fd.sip = ::ffff:10.1.2.3"));
  const auto& checks = compiled.policy.rules.at(0).condition->children;
  const auto value = [&checks](std::size_t check, std::size_t literal) {
    return checks[check]->literals[literal].value;
  };
  EXPECT_EQ(value(0, 0), Value(std::string_view("a")));
  EXPECT_EQ(value(0, 1), Value(std::string_view("b")));
  EXPECT_EQ(value(1, 0), Value(std::uint64_t{16}));
  EXPECT_EQ(value(2, 0), Value(std::int64_t{-2}));
  EXPECT_EQ(value(3, 0), Value(true));
  EXPECT_EQ(value(4, 0), Value(Address{4, {10, 1, 2, 3}}));
}

TEST(Compile, ErrorsOfConditions) {
  const std::string definitions =
      "- {list: shell_binaries, items: [sh, bash]}\n"
      "- {list: ports, items: [80, http]}\n"
      "- {list: calls, items: [open, opne]}\n"
      "- {macro: spawned, condition: evt.type = execve}\n";
  const struct {
    std::string_view condition, message, marked, hint;
  } rows[] = {
      {"proc.nmae = x", "unknown field 'proc.nmae'", "proc.nmae", "did you mean 'proc.name'?"},
      {"proc.vmsize > 1", "field 'proc.vmsize' is not known here: the use of memory is not recorded", "proc.vmsize",
       "leave it out"},
      {"some.thing[1] exists", "unknown field 'some.thing'", "some.thing", ""},
      {"proc.name[1] = x", "field 'proc.name' takes no argument", "proc.name[1]", ""},
      {"proc.aname[x] = y", "'x' is not a number", "proc.aname[x]", ""},
      {"proc.aname[-1] = y", "'-1' is not a number", "proc.aname[-1]", ""},
      {"proc.pid contains 1", "operator 'contains' needs a text; 'proc.pid' is of type 'unsigned number'", "contains",
       "operators for it: !=, =, <=, <, >=, >, in, exists"},
      {"proc.pid = many", "'many' does not fit field 'proc.pid' (unsigned number)", "many",
       "it takes a whole number from 0 on, decimal or 0x..."},
      {"proc.pid = -1", "'-1' does not fit field 'proc.pid' (unsigned number)", "-1",
       "it takes a whole number from 0 on, decimal or 0x..."},
      {"proc.pid = 18446744073709551616", "'18446744073709551616' does not fit field 'proc.pid' (unsigned number)",
       "18446744073709551616", "it takes a whole number from 0 on, decimal or 0x..."},
      {"user.loginuid = 9223372036854775808",
       "'9223372036854775808' does not fit field 'user.loginuid' (signed number)", "9223372036854775808",
       "it takes a whole number, decimal or 0x..., perhaps with a sign"},
      {"evt.is_open_read = yes", "'yes' does not fit field 'evt.is_open_read' (true or false)", "yes",
       "it takes true or false"},
      {"fd.sip = 10.0.0", "'10.0.0' does not fit field 'fd.sip' (IP address)", "10.0.0",
       "it takes an IPv4 or IPv6 address"},
      {"fd.sport in (ports)", "item 'http' of list 'ports' does not fit field 'fd.sport' (unsigned number)", "ports",
       "it takes a whole number from 0 on, decimal or 0x..."},
      {"evt.type = opne", "'opne' is not a type of event", "opne", "did you mean 'open'?"},
      {"evt.type in (calls)", "item 'opne' of list 'calls' is not a type of event", "calls", "did you mean 'open'?"},
      {"proc.name in shel_binaries", "undefined list 'shel_binaries'", "shel_binaries",
       "did you mean 'shell_binaries'?"},
      {"proc.name in nothing", "undefined list 'nothing'", "nothing", ""},
      {"proc.name = shell_binaries", "list 'shell_binaries' has 2 items; '=' compares with one value", "shell_binaries",
       "compare with all of them: 'in (shell_binaries)', or quote the word"},
      {"spwaned", "undefined macro 'spwaned'", "spwaned", "did you mean 'spawned'?"},
      {"shell_binaries", "undefined macro 'shell_binaries'", "shell_binaries",
       "'shell_binaries' is a list: compare a field with it, as in 'proc.name in (shell_binaries)'"},
      {"proc.name glob x*", "operator 'glob' is not supported yet", "glob",
       "operators: !=, =, <=, <, >=, >, in, startswith, endswith, contains, exists"},
  };
  for (const auto& [condition, message, marked, hint] : rows) {
    const Compiled compiled = compile_text(definitions + rule(condition));
    EXPECT_TRUE(compiled.policy.rules.empty()) << condition;
    ASSERT_EQ(compiled.diagnostics.size(), 1u) << condition << '\n' << findings(compiled);
    const Diagnostic& found = compiled.diagnostics.front();
    EXPECT_EQ(found.severity, Severity::Error);
    EXPECT_EQ(found.message, message);
    EXPECT_EQ(found.hint, hint);
    EXPECT_EQ(found.where.line, 8u) << condition;
    EXPECT_EQ(found.source_line.substr(found.where.column - 1, found.where.length), marked);
  }
}

TEST(Compile, EveryErrorIsReportedWithItsPlace) {
  const Compiled compiled = compile_text(R"(- macro: looks_fine
  condition: proc.nmae = bash
- rule: First
  desc: d
  condition: >
    evt.type = opne and
    (proc.pid startswith 1 or
     looks_fine)
  output: pid %proc.pdi
  priority: URGENT
- rule: Second
  desc: d
  condition: (proc.name = x
  output: x
  priority: debug
- rule: Third
  desc: d
  condition: proc.name = x
  output: x
  priority: debug
)");
  EXPECT_EQ(findings(compiled), R"(r.yaml:2:14: error: unknown field 'proc.nmae'
    2 |   condition: proc.nmae = bash
      |              ^~~~~~~~~
hint: did you mean 'proc.name'?
r.yaml:6:16: error: 'opne' is not a type of event
    6 |     evt.type = opne and
      |                ^~~~
hint: did you mean 'open'?
r.yaml:7:15: error: operator 'startswith' needs a text; 'proc.pid' is of type 'unsigned number'
    7 |     (proc.pid startswith 1 or
      |               ^~~~~~~~~~
hint: operators for it: !=, =, <=, <, >=, >, in, exists
r.yaml:9:15: error: unknown field 'proc.pdi'
    9 |   output: pid %proc.pdi
      |               ^~~~~~~~~
hint: did you mean 'proc.pid'?
r.yaml:10:13: error: unknown priority 'URGENT'
   10 |   priority: URGENT
      |             ^~~~~~
hint: priorities: Emergency, Alert, Critical, Error, Warning, Notice, Informational, Debug
r.yaml:13:14: error: this '(' is not closed
   13 |   condition: (proc.name = x
      |              ^
)");
  ASSERT_EQ(compiled.policy.rules.size(), 1u);
  EXPECT_EQ(compiled.policy.rules[0].name, "Third");
}

TEST(Compile, LoopsAreErrorsThatShowTheChain) {
  const struct {
    std::string yaml, expected;
  } rows[] = {
      {"- {macro: a, condition: b or c}\n- {macro: b, condition: proc.pid = 1}\n- {macro: c, condition: not d}\n"
       "- {macro: d, condition: b and a}\n" +
           rule("a"),
       "r.yaml:4:31: error: macros refer to each other in a loop: a -> c -> d -> a\n"
       "    4 | - {macro: d, condition: b and a}\n"
       "      |                               ^\n"},
      {"- {macro: a, condition: not a}\n" + rule("proc.pid = 1 and a"),
       "r.yaml:1:29: error: macros refer to each other in a loop: a -> a\n"
       "    1 | - {macro: a, condition: not a}\n"
       "      |                             ^\n"},
      {"- {list: a, items: [x, b]}\n- {list: b, items: [a]}\n" + rule("proc.name in (a)"),
       "r.yaml:2:21: error: lists refer to each other in a loop: a -> b -> a\n"
       "    2 | - {list: b, items: [a]}\n"
       "      |                     ^\n"},
  };
  for (const auto& [yaml, expected] : rows) {
    const Compiled compiled = compile_text(yaml);
    EXPECT_EQ(findings(compiled), expected);
    EXPECT_TRUE(compiled.policy.rules.empty());
  }
}

TEST(Compile, ABareWordThatIsNearlyAListIsAWarning) {
  const Compiled compiled =
      compile_text("- {list: shell_binaries, items: [sh]}\n" + rule("proc.name in (shell_binaires, shell)"));
  EXPECT_EQ(findings(compiled),
            "r.yaml:5:19: warning: 'shell_binaires' is compared as a text: no list has that name\n"
            "    5 |     proc.name in (shell_binaires, shell)\n"
            "      |                   ^~~~~~~~~~~~~~\n"
            "hint: did you mean 'shell_binaries'? If not, write it in quotes\n");
  EXPECT_EQ(compiled.policy.rules.size(), 1u);
}

TEST(Compile, LaterDefinitionsReplaceEarlierOnesInTheirPlace) {
  const std::string yaml = "- {list: l, items: [old]}\n- {macro: m, condition: proc.pid = 1}\n" +
                           rule("m", "old", "A") + rule("proc.name in (l)", "x", "B") +
                           "- {list: l, items: [new]}\n- {macro: m, condition: proc.pid = 2}\n" +
                           rule("not m", "new", "A");
  const Compiled compiled = compile_text(yaml);
  ASSERT_EQ(compiled.policy.rules.size(), 2u) << findings(compiled);
  EXPECT_EQ(compiled.policy.rules[0].name, "A");
  EXPECT_EQ(print(*compiled.policy.rules[0].condition), "not proc.pid = 2");
  EXPECT_EQ(compiled.policy.rules[0].output.at(0).text, "new");
  EXPECT_EQ(compiled.policy.rules[1].name, "B");
  EXPECT_EQ(print(*compiled.policy.rules[1].condition), "proc.name in (new)");
}

TEST(Compile, WhatARuleSaysIsKept) {
  const Compiled compiled = compile_text(
      "\n- rule: Shell in payments\n  desc: Never\n  condition: proc.name = sh and evt.type = execve\n"
      "  output: (cmd=%proc.cmdline)\n  priority: critical\n  tags: [T1059, shell, T1059]\n");
  ASSERT_EQ(compiled.policy.rules.size(), 1u) << findings(compiled);
  const Rule& rule = compiled.policy.rules[0];
  EXPECT_EQ(rule.name, "Shell in payments");
  EXPECT_EQ(rule.description, "Never");
  EXPECT_EQ(rule.priority, Priority::Critical);
  EXPECT_THAT(rule.tags, ElementsAre("T1059", "shell"));
  EXPECT_EQ(rule.where.file, "r.yaml");
  EXPECT_EQ(rule.where.line, 2u);
  EXPECT_EQ(rule.kinds, KindSet{Kind::exec});
  EXPECT_EQ(compiled.policy.kinds, KindSet{Kind::exec});
}

TEST(Compile, PrioritiesInAnyCase) {
  const struct {
    std::string_view text;
    Priority priority;
  } rows[] = {{"Emergency", Priority::Emergency}, {"ALERT", Priority::Alert},
              {"critical", Priority::Critical},   {"eRRor", Priority::Error},
              {"WARNING", Priority::Warning},     {"Notice", Priority::Notice},
              {"Info", Priority::Informational},  {"INFORMATIONAL", Priority::Informational},
              {"debug", Priority::Debug}};
  for (const auto& [text, priority] : rows) {
    const Compiled compiled =
        compile_text("- {rule: r, desc: d, condition: proc.pid = 1, output: o, priority: " + std::string(text) + "}\n");
    ASSERT_EQ(compiled.policy.rules.size(), 1u) << text;
    EXPECT_EQ(compiled.policy.rules[0].priority, priority) << text;
  }
}

TEST(Compile, DisabledRulesAreCheckedButNotPartOfThePolicy) {
  const Compiled good = compile_text(rule("proc.pid = 1") + "  enabled: false\n");
  EXPECT_TRUE(good.diagnostics.empty()) << findings(good);
  EXPECT_TRUE(good.policy.rules.empty());
  EXPECT_TRUE(good.policy.kinds.empty());
  const Compiled bad = compile_text(rule("proc.pdi = 1") + "  enabled: false\n");
  EXPECT_TRUE(has_errors(bad.diagnostics));
}

TEST(Compile, ErrorsOfTheFilesAreNotRepeated) {
  const Compiled compiled = compile_text("- {rule: r, desc: d, priority: debug, output: o}\n");
  EXPECT_EQ(compiled.diagnostics.size(), 1u) << findings(compiled);
  EXPECT_TRUE(compiled.policy.rules.empty());
}

TEST(Compile, ConditionsThatCanNeverMatchAreWarnedOf) {
  const Compiled compiled = compile_text(rule("evt.type = execve and evt.is_open_read = true"));
  EXPECT_EQ(findings(compiled),
            "r.yaml:4:5: warning: this condition can never match: no type of event meets it\n"
            "    4 |     evt.type = execve and evt.is_open_read = true\n"
            "      |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n");
}

// 2^40 checks in forty lines.
TEST(Compile, MacrosThatDoubleEachOtherAreRefused) {
  std::string yaml = "- {macro: m0, condition: proc.pid = 1}\n";
  for (int i = 1; i <= 40; ++i) {
    const std::string before = "m" + std::to_string(i - 1);
    yaml += "- {macro: m" + std::to_string(i) + ", condition: " + before + " or " + before + "}\n";
  }
  const Compiled compiled = compile_text(yaml + rule("m40"));
  ASSERT_EQ(compiled.diagnostics.size(), 1u);
  EXPECT_EQ(compiled.diagnostics[0].message, "with its macros and lists the condition has more than 1,000,000 parts");
}

TEST(Compile, MacrosThatNestTooDeepAreRefused) {
  std::string nots;
  for (int i = 0; i < 600; ++i) nots += "not ";
  const Compiled compiled = compile_text("- {macro: m, condition: " + nots + "proc.pid = 1}\n" + rule(nots + "m"));
  ASSERT_EQ(compiled.diagnostics.size(), 1u);
  EXPECT_EQ(compiled.diagnostics[0].message, "with its macros the condition is nested more than 1,000 deep");
}

// Chains of names are followed without recursion.
TEST(Compile, LongChainsOfNamesAreFine) {
  std::string yaml = "- {macro: m0, condition: proc.name in (l0)}\n";
  const int length = 20'000;
  for (int i = 0; i < length; ++i) {
    const std::string name = std::to_string(i), next = std::to_string(i + 1);
    yaml += "- {list: l" + name + ", items: [l" + next + "]}\n";
  }
  yaml += "- {list: l" + std::to_string(length) + ", items: [end]}\n";
  EXPECT_EQ(bound(yaml + rule("m0")), "proc.name in (end)");
}

TEST(Compile, TooManyItemsAreRefused) {
  policy::Documents documents;
  const auto file = std::make_shared<const policy::SourceFile>(policy::SourceFile{"r.yaml", "big"});
  policy::List list{{"big", file, 0, {0, 1, 2}}, {}};
  for (std::size_t i = 0; i <= kMaxListItems; ++i) list.items.push_back({std::to_string(i), file, 0, {}});
  documents.lists.push_back(list);
  EXPECT_EQ(findings(compile(documents)),
            "r.yaml:1:1: error: list 'big' has more than 100,000 items\n    1 | big\n      | ^~~\n");
  documents.lists[0].items.pop_back();
  EXPECT_TRUE(compile(documents).diagnostics.empty());
}

}  // namespace
}  // namespace picket
