// SPDX-License-Identifier: Apache-2.0
//
// Rule files and what the compiler makes of them: the bound condition of a good rule, the whole text of the findings
// about a bad one.
#include "rules/compile/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/unit/rules/compile/compiling.h"

namespace picket {
namespace {

using ::testing::ElementsAre;
using namespace test;

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
  const Compiled compiled = compile_some(
      rule("proc.name in (b, a) and proc.pid = 0x10 and user.loginuid = -2 and evt.is_open_read = true and "
           "fd.sip = ::ffff:10.1.2.3"));
  const auto& checks = compiled.policy.rules.at(0).condition->children;
  const auto value = [&checks](std::size_t check, std::size_t literal) {
    return checks[check]->literals[literal].bound.value;
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
      "- {list: calls, items: [open, opne]}\n- {list: one_call, items: [open]}\n"
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
       "operators for it: !=, =, <=, <, >=, >, intersects, in, exists"},
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
      {"proc.name in shell_binaries", "several values need parentheses", "shell_binaries", "write 'in (a, b)'"},
      {"proc.name = shell_binaries", "expected 'and' or 'or', found ','", "shell_binaries", ""},
      {"spwaned", "undefined macro 'spwaned'", "spwaned", "did you mean 'spawned'?"},
      {"shell_binaries", "expected 'and' or 'or', found ','", "shell_binaries", ""},
      {"one_call", "'one_call' is a list, not a macro", "one_call",
       "compare a field with it, as in 'proc.name in (one_call)'"},
      // operators and types
      {"fd.ip contains 1", "operator 'contains' needs a text; 'fd.ip' is of type 'IP address'", "contains",
       "operators for it: !=, =, intersects, in, exists"},
      {"fd.ip < 1", "operator '<' needs a text or number; 'fd.ip' is of type 'IP address'", "<",
       "operators for it: !=, =, intersects, in, exists"},
      {"proc.name regex \"(a\"", "'(a' is not a regular expression: missing ): (a", "\"(a\"",
       "RE2's POSIX syntax; a backslash in quotes is written \\\\"},
      {"proc.name bcontains 7f4", "'7f4' is not a row of bytes", "7f4", "two hexadecimal digits for each: 7f454c46"},
      {"proc.name bstartswith xx", "'xx' is not a row of bytes", "xx", "two hexadecimal digits for each: 7f454c46"},
      {"proc.pid > 1.5", "'1.5' does not fit field 'proc.pid' (unsigned number)", "1.5",
       "it takes a whole number from 0 on, decimal or 0x..."},
      // functions
      {"tolower(proc.pid) = x", "function 'tolower' needs a text; 'proc.pid' is of type 'unsigned number'", "proc.pid",
       ""},
      {"tolower(proc.aname) = x", "function 'tolower' needs one value; 'proc.aname' stands for several", "proc.aname",
       "write which one: 'proc.aname[1]'"},
      {"tolower(proc.nmae) = x", "unknown field 'proc.nmae'", "proc.nmae", "did you mean 'proc.name'?"},
      {"tolower(proc.name, proc.exe) = x", "function 'tolower' takes 1 argument, here are 2",
       "tolower(proc.name, proc.exe)", ""},
      {"concat(proc.pid) = x", "function 'concat' needs a text; 'proc.pid' is of type 'unsigned number'", "proc.pid",
       ""},
      {"join(\"-\", proc.name) = x", "function 'join' needs a list; 'proc.name' is none", "proc.name", "write (a, b)"},
      {"getopt(proc.args, proc.name) exists", "function 'getopt' needs a text in quotes here", "proc.name", ""},
      {"getopt(proc.args, \"n\")[nt] = x", "'nt' is not a letter of an option", "getopt(proc.args, \"n\")[nt]", ""},
      {"len(proc.name)[1] = 5", "function 'len' takes no brackets", "len(proc.name)[1]", ""},
      {"len(proc.name) = x", "'x' does not fit 'len(proc.name)' (unsigned number)", "x",
       "it takes a whole number from 0 on, decimal or 0x..."},
      {"tolower(evt.type) = open", "functions of 'evt.type' are not possible", "evt.type", "compare it with = or in"},
      {"val(proc.name) = x", "'val' belongs on the right side of a check", "val(proc.name)",
       "on the left a field needs no 'val': write 'proc.name'"},
      // fields on the right
      {"proc.name = val(proc.pid)", "'proc.name' is of type 'text', 'val(proc.pid)' of type 'unsigned number'",
       "val(proc.pid)", ""},
      {"proc.name regex val(proc.exe)", "operator 'regex' needs a text that is known now, not a field", "val(proc.exe)",
       ""},
      {"proc.name pmatch val(proc.exe)", "operator 'pmatch' needs a text that is known now, not a field",
       "val(proc.exe)", ""},
      {"proc.name = val(proc.aname)", "'val(proc.aname)' stands for several values", "val(proc.aname)",
       "write which one, or compare the other way round"},
      {"evt.type = val(proc.name)", "'evt.type' is not compared with fields", "evt.type = val(proc.name)", ""},
  };
  for (const auto& [condition, message, marked, hint] : rows) {
    const Compiled compiled = compile_some(definitions + rule(condition));
    EXPECT_TRUE(compiled.policy.rules.empty()) << condition;
    ASSERT_EQ(compiled.diagnostics.size(), 1u) << condition << '\n' << rendered(compiled);
    const Diagnostic& found = compiled.diagnostics.front();
    EXPECT_EQ(found.severity, Severity::Error);
    EXPECT_EQ(found.message, message);
    EXPECT_EQ(found.hint, hint);
    EXPECT_EQ(found.where.line, 9u) << condition;
    EXPECT_EQ(found.source_line.substr(found.where.column - 1, found.where.length), marked);
  }
}

TEST(Compile, EveryErrorIsReportedWithItsPlace) {
  const Compiled compiled = compile_some(R"(- macro: looks_fine
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
  EXPECT_EQ(rendered(compiled), R"(test.yaml:2:14: error: unknown field 'proc.nmae'
    2 |   condition: proc.nmae = bash
      |              ^~~~~~~~~
hint: did you mean 'proc.name'?
test.yaml:6:16: error: 'opne' is not a type of event
    6 |     evt.type = opne and
      |                ^~~~
hint: did you mean 'open'?
test.yaml:7:15: error: operator 'startswith' needs a text; 'proc.pid' is of type 'unsigned number'
    7 |     (proc.pid startswith 1 or
      |               ^~~~~~~~~~
hint: operators for it: !=, =, <=, <, >=, >, intersects, in, exists
test.yaml:9:15: error: unknown field 'proc.pdi'
    9 |   output: pid %proc.pdi
      |               ^~~~~~~~~
hint: did you mean 'proc.pid'?
test.yaml:10:13: error: unknown priority 'URGENT'
   10 |   priority: URGENT
      |             ^~~~~~
hint: priorities: Emergency, Alert, Critical, Error, Warning, Notice, Informational, Debug
test.yaml:13:14: error: this '(' is not closed
   13 |   condition: (proc.name = x
      |              ^
)");
  ASSERT_EQ(compiled.policy.rules.size(), 1u);
  EXPECT_EQ(compiled.policy.rules[0].name, "Third");
}

TEST(Compile, ABareWordThatIsNearlyAListIsAWarning) {
  const Compiled compiled =
      compile_some("- {list: shell_binaries, items: [sh]}\n" + rule("proc.name in (shell_binaires, shell)"));
  EXPECT_EQ(rendered(compiled),
            "test.yaml:5:19: warning: 'shell_binaires' is compared as a text: no list has that name\n"
            "    5 |     proc.name in (shell_binaires, shell)\n"
            "      |                   ^~~~~~~~~~~~~~\n"
            "hint: did you mean 'shell_binaries'? If not, write it in quotes\n");
  EXPECT_EQ(compiled.policy.rules.size(), 1u);
}

TEST(Compile, WhatARuleSaysIsKept) {
  const Compiled compiled = compile_some(
      "\n- rule: Shell in payments\n  desc: Never\n  condition: proc.name = sh and evt.type = execve\n"
      "  output: (cmd=%proc.cmdline)\n  priority: critical\n  tags: [T1059, shell, T1059]\n");
  ASSERT_EQ(compiled.policy.rules.size(), 1u) << rendered(compiled);
  const Rule& rule = compiled.policy.rules[0];
  EXPECT_EQ(rule.name, "Shell in payments");
  EXPECT_EQ(rule.description, "Never");
  EXPECT_EQ(rule.priority, Priority::Critical);
  EXPECT_THAT(rule.tags, ElementsAre("T1059", "shell"));
  EXPECT_EQ(rule.where.file, "test.yaml");
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
        compile_some("- {rule: r, desc: d, condition: proc.pid = 1, output: o, priority: " + std::string(text) + "}\n");
    ASSERT_EQ(compiled.policy.rules.size(), 1u) << text;
    EXPECT_EQ(compiled.policy.rules[0].priority, priority) << text;
  }
}

TEST(Compile, DisabledRulesAreCheckedButNotPartOfThePolicy) {
  const Compiled good = compile_some(rule("proc.pid = 1") + "  enabled: false\n");
  EXPECT_TRUE(good.diagnostics.empty()) << rendered(good);
  EXPECT_TRUE(good.policy.rules.empty());
  EXPECT_TRUE(good.policy.kinds.empty());
  const Compiled bad = compile_some(rule("proc.pdi = 1") + "  enabled: false\n");
  EXPECT_TRUE(has_errors(bad.diagnostics));
}

TEST(Compile, ErrorsOfTheFilesAreNotRepeated) {
  const Compiled compiled = compile_some("- {rule: r, desc: d, priority: debug, output: o}\n");
  EXPECT_EQ(compiled.diagnostics.size(), 1u) << rendered(compiled);
  EXPECT_TRUE(compiled.policy.rules.empty());
}

TEST(Compile, ConditionsThatCanNeverMatchAreWarnedOf) {
  const Compiled compiled = compile_some(rule("evt.type = execve and evt.is_open_read = true"));
  EXPECT_EQ(rendered(compiled),
            "test.yaml:4:5: warning: this condition can never match: no type of event meets it\n"
            "    4 |     evt.type = execve and evt.is_open_read = true\n"
            "      |     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n");
}

TEST(Compile, ExceptionsAreCompiledWithTheCondition) {
  const std::string exception = rule("proc.name = a or proc.name = b") +
                                "  exceptions:\n    - {name: e, fields: [tolower(proc.name), fd.name], comps: [=, "
                                "pmatch], values: [[x, shells]]}\n";
  EXPECT_EQ(bound("- {list: shells, items: [/bin, /etc]}\n" + exception),
            "(proc.name = a or proc.name = b) and not (tolower(proc.name) = x and fd.name pmatch (/bin, /etc))");
  const Compiled bad = compile_some(rule("proc.pid = 1") + "  exceptions: [{name: e, fields: proc.nmae}]\n");
  EXPECT_EQ(rendered(bad),
            "test.yaml:7:34: error: unknown field 'proc.nmae'\n"
            "    7 |   exceptions: [{name: e, fields: proc.nmae}]\n"
            "      |                                  ^~~~~~~~~\n"
            "hint: did you mean 'proc.name'?\n");
}

TEST(Compile, RulesCanAskToBeSkippedForWhatIsUnknown) {
  const std::string skip = "  skip-if-unknown-filter: true\n";
  const struct {
    std::string yaml;
    bool skipped;
  } rows[] = {
      {rule("some.field = 1") + skip, true},
      {rule("evt.type = nonsense") + skip, true},
      {rule("proc.pid = 1", "%some.field") + skip, true},
      {"- {macro: m, condition: some.field = 1}\n" + rule("proc.pid = 1 and m") + skip, true},
      {rule("some.field = 1"), false},
      {rule("proc.pid = x") + skip, false},
      {rule("some.field = 1 and proc.pid = x") + skip, false},
      {rule("nothing") + skip, false},
  };
  for (const auto& [yaml, skipped] : rows) {
    const Compiled compiled = compile_some(yaml);
    EXPECT_TRUE(compiled.policy.rules.empty());
    EXPECT_EQ(has_errors(compiled.diagnostics), !skipped) << yaml << rendered(compiled);
  }
}

TEST(Compile, CallsWithoutEventsAreWarnings) {
  const Compiled compiled = compile_some(rule("evt.type in (open, sysinfo) or evt.type != sysinfo"));
  ASSERT_EQ(compiled.policy.rules.size(), 1u) << rendered(compiled);
  EXPECT_EQ(compiled.diagnostics.at(0).message, "Picket has no events of type 'sysinfo': they never match");
  EXPECT_TRUE(compiled.policy.rules[0].kinds.contains(Kind::exec));
}

TEST(Compile, RulesWithOnePatternShareIt) {
  const Compiled compiled = compile_some(rule("proc.name regex 'a+'") + rule("fd.name regex 'a+'", "x", "S"));
  ASSERT_EQ(compiled.policy.rules.size(), 2u) << rendered(compiled);
  const auto regex = [&compiled](std::size_t i) { return compiled.policy.rules[i].condition->literals[0].bound.regex; };
  EXPECT_EQ(regex(0), regex(1));
}

TEST(Compile, AWordThatIsTheNameOfAFieldIsAWarning) {
  const Compiled compiled = compile_some(rule("proc.name = proc.pname and proc.name != \"proc.pname\""));
  ASSERT_EQ(compiled.diagnostics.size(), 1u);
  EXPECT_EQ(compiled.diagnostics[0].message, "'proc.pname' is compared as a text, not as the field of that name");
}

}  // namespace
}  // namespace picket
