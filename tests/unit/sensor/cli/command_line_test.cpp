// SPDX-License-Identifier: Apache-2.0
//
// What can be typed, with the exit code and the answer it gets. `run` on a kernel that can is tested in tests/kernel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "tests/unit/sensor/cli/typing.h"

namespace picket::cli {
namespace {

using testing::HasSubstr;

// A file with this text, in the test's own directory.
std::string file(const std::string& name, const std::string& text) {
  const std::string path = testing::TempDir() + "picket-command-line-" + name;
  FILE* stream = std::fopen(path.c_str(), "w");
  std::fputs(text.c_str(), stream);
  std::fclose(stream);
  return path;
}

constexpr const char* kGoodRule = R"(
- rule: Shadow read
  desc: Somebody read the password hashes
  condition: open.path = /etc/shadow
  output: "%proc.name"
  priority: INFO
)";

TEST(CommandLine, EveryWrongWordIsAnsweredWithItsCode) {
  const std::string good = file("good.yaml", kGoodRule);
  const std::string broken = file("broken.yaml", "- rule: [\n");
  const std::string none = file("none.yaml", "- list: a\n  items: [b]\n");
  const std::string config = file("config.yaml", "ouput: {}\n");
  const std::string empty = file("empty.yaml", "");  // instead of one that is installed here
  const std::string loop = file("loop.yaml", "output: {sinks: [{type: kafka, brokers: 'k:1'}]}\n");
  const struct {
    std::vector<std::string> words;
    ExitCode code;
    std::string answer;  // on standard error
  } rows[] = {
      {{}, ExitCode::Usage, "subcommand"},
      {{"frobnicate"}, ExitCode::Usage, "subcommand"},
      {{"run", "--frobnicate"}, ExitCode::Usage, "--frobnicate"},
      {{"run", "--argv-limit", "lots"}, ExitCode::Usage, "--argv-limit: expected a number from 0 to 32768, got 'lots'"},
      {{"run", "--output", "xml"}, ExitCode::Usage, "--output: expected auto, json, human or off, got 'xml'"},
      {{"run", "--config", config}, ExitCode::Usage, "unknown setting 'ouput'"},
      {{"run", "--config", "/nonexistent"}, ExitCode::Usage, "cannot read the configuration"},
      {{"run", "--rules", broken}, ExitCode::Rules, "not YAML"},
      {{"run", "--rules", "/nonexistent.yaml"}, ExitCode::Rules, "/nonexistent.yaml: error: "},
      {{"run", "--config", empty, "--rules", none}, ExitCode::Rules, "no rule is enabled"},
      {{"run", "--config", empty, "--rules", good, "--output", "off"}, ExitCode::Failure, "alerts would go nowhere"},
      {{"run", "--config", empty, "--control", "run.sock"}, ExitCode::Usage, "--control: expected an absolute path"},
      {{"run", "--config", empty, "--rules-watch", "yes"}, ExitCode::Usage, "expected true or false, got 'yes'"},
      {{"reload", "--config", empty, "--control", "/nonexistent/sock"}, ExitCode::Failure, "no sensor runs there"},
      {{"check-config", "--config", config}, ExitCode::Usage, "unknown setting 'ouput'"},
      {{"check-config", "--config", empty}, ExitCode::Ok, ""},
      {{"check-config", "--wait", "5s"}, ExitCode::Usage, "--wait requires --connect"},
      {{"record"}, ExitCode::Usage, "--output is required"},
      {{"record", "--output", "x", "--config", empty, "--kinds", "exec,opne"},
       ExitCode::Usage,
       "there is no kind of event 'opne'"},
      {{"record", "--output", "x", "--config", empty, "--kinds", "loss"}, ExitCode::Usage, "no kind of event 'loss'"},
      {{"record", "--output", "x", "--kinds", "exec", "--rules", good}, ExitCode::Usage, "--kinds excludes --rules"},
      {{"record", "--output", "x", "--config", empty, "--rules", broken}, ExitCode::Rules, "not YAML"},
      {{"replay", "x"}, ExitCode::Usage, "--rules is required"},
      {{"replay", "x", "--rules", good, "--output", "xml"}, ExitCode::Usage, "xml"},
      {{"replay", good, "--rules", broken}, ExitCode::Rules, "not YAML"},
      {{"replay", good, "--rules", good}, ExitCode::Failure, "is no recording of Picket"},
      {{"central", "--config", empty, "--rules", good}, ExitCode::Usage, "it is not said where events come from"},
      {{"central", "--config", empty, "--from", "kafka://k"}, ExitCode::Usage, "expected a topic behind the brokers"},
      {{"central", "--config", empty, "--from", "kafka://k/t", "--since", "soon"},
       ExitCode::Usage,
       "as 90s, 12h or 7d"},
      {{"central", "--config", empty, "--from", "kafka://k/t", "--rules", broken}, ExitCode::Rules, "not YAML"},
      {{"central", "--config", empty, "--from", "kafka://k/t", "--since", "1h", "--from-beginning"},
       ExitCode::Usage,
       "excludes"},
      {{"central", "--config", loop, "--from", "kafka://k/picket.alerts", "--rules", good},
       ExitCode::Usage,
       "writes to the topic that is read, picket.alerts"},
      {{"check"}, ExitCode::Usage, "PATH"},
      {{"fields", "--format", "xml"}, ExitCode::Usage, "xml"},
      {{"test"}, ExitCode::Usage, "PATH"},
      {{"test", broken}, ExitCode::Rules, "not YAML"},
      {{"check", broken, good}, ExitCode::Rules, "not YAML"},
      {{"list", "tables", good}, ExitCode::Usage, "tables"},
      {{"list", "rules", broken}, ExitCode::Rules, "not YAML"},
      {{"explain", "Shadow raed", good},
       ExitCode::Usage,
       "there is no rule 'Shadow raed'; did you mean 'Shadow read'?"},
  };
  for (const auto& row : rows) {
    const Outcome outcome = type(row.words);
    EXPECT_EQ(static_cast<int>(outcome.code), static_cast<int>(row.code)) << testing::PrintToString(row.words);
    EXPECT_THAT(outcome.errors, HasSubstr(row.answer)) << testing::PrintToString(row.words);
  }
}

TEST(CommandLine, CheckCountsWhatIsRight) {
  const Outcome outcome = type({"check", file("right.yaml", kGoodRule)});
  EXPECT_EQ(outcome.code, ExitCode::Ok);
  EXPECT_EQ(outcome.output, "1 rules (1 enabled), 0 macros, 0 lists: all right\n");
  EXPECT_EQ(outcome.errors, "");
}

constexpr const char* kSeveral = R"(
- list: shells
  items: [sh, "a name"]
- macro: shell
  condition: >
    proc.name in
    (shells)
- rule: Shell
  desc: A shell
  condition: evt.type = execve and shell and evt.res = ENOENT
  output: "%fd.rip.name"
  priority: info
  tags: [host, T1059]
  enabled: false
)";

TEST(CommandLine, ItemsAreListed) {
  const std::string path = file("several.yaml", kSeveral);
  EXPECT_EQ(type({"list", "rules", path}).output, "Shell\tinfo\tdisabled\talert\n");
  EXPECT_EQ(type({"list", "macros", path}).output, "shell\tproc.name in (shells)\n");
  EXPECT_EQ(type({"list", "lists", path}).output, "shells\tsh, a name\n");
}

TEST(CommandLine, ARuleIsExplained) {
  const std::string path = file("explained.yaml", kSeveral);
  const Outcome outcome = type({"explain", "Shell", path});
  EXPECT_EQ(outcome.code, ExitCode::Ok) << outcome.errors;
  EXPECT_EQ(
      outcome.output,
      "rule:             Shell (disabled)\n"
      "place:            " +
          path +
          ":8\n"
          "description:      A shell\n"
          "priority:         Informational\n"
          "severity:         Informational\n"
          "tags:             T1059, host\n"
          "ATT&CK:           T1059\n"
          "action:           alert\n"
          "condition:        evt.type = execve and proc.name in (\"a name\", sh) and evt.res = ENOENT\n"
          "events:           exec\n"
          "also watched:     dns\n"
          "looked at when:   evt.res = ENOENT\n"
          "in the kernel:    exec: proc.name in (\"a name\", sh) (task name); evt.res = ENOENT (user space); "
          "evt.type = execve (user space)\n"
          "deny possible:    no: 'evt.res = ENOENT' asks for the outcome, which is not known before it is done\n");
}

constexpr const char* kEnforcing = R"(
- rule: No shell
  desc: A shell
  condition: evt.type = execve and proc.name = sh
  output: "%proc.name"
  priority: warning
  tags: [mitre_execution, T1059.004]
  action: [deny, kill]
  errno: EACCES
  mode: audit
  severity: high
  throttle: {per: [proc.pname, toupper(proc.name)], every: 60s, max: 3}
  threshold: {count: 2, within: 1500ms, by: user.name}
)";

// What cannot be enforced is never run as if it were an alert; to look at it is all right.
TEST(CommandLine, WhatDeniesIsRefusedByWhoeverWouldRunIt) {
  const std::string path = file("enforcing.yaml", kEnforcing);
  const std::string empty = file("empty.yaml", "");
  const std::string refusal =
      path + ":8:12: error: the rule 'No shell' cannot deny: its threshold is counted in user space, after the fact\n";
  EXPECT_EQ(type({"check", path}).code, ExitCode::Rules);
  EXPECT_THAT(type({"check", path}).errors, HasSubstr(refusal));
  EXPECT_THAT(type({"run", "--config", empty, "--rules", path}).errors, HasSubstr(refusal));
  EXPECT_EQ(type({"list", "rules", path}).output, "No shell\twarning\tenabled\tdeny, kill\n");

  const Outcome explained = type({"explain", "No shell", path});
  EXPECT_EQ(explained.code, ExitCode::Ok);
  EXPECT_EQ(explained.errors, "");
  EXPECT_THAT(explained.output, HasSubstr("severity:         High\n"
                                          "tags:             T1059.004, mitre_execution\n"
                                          "ATT&CK:           Execution: T1059.004\n"
                                          "action:           deny (EACCES), kill\n"
                                          "mode:             audit\n"
                                          "throttle:         3 in 1m per proc.pname, toupper(proc.name)\n"
                                          "threshold:        2 within 1500ms by user.name\n"));
}

constexpr const char* kTested = R"(
- rule: Shell
  desc: A shell of other than sshd
  condition: evt.type = execve and proc.name in (sh, bash) and not proc.pname in (sshd, login)
  output: "%proc.name"
  priority: warning
  tests:
    - match: {kind: exec, by: /bin/bash, under: /usr/bin/nginx}
    - miss: {kind: exec, by: /bin/bash, under: /usr/sbin/sshd}
- rule: Often
  desc: Three files in a second
  condition: evt.type = open
  output: "%proc.name"
  priority: warning
  action: deny
  enabled: false
  threshold: {count: 3, within: 1s, by: proc.pid}
  tests:
    - match: {kind: open, path: /x, times: 3}
    - miss: {kind: open, path: /x, times: 2}
    - miss: [{kind: open, path: /x, times: 2}, {kind: open, path: /x, by: {pid: 7}}]
    - miss: [{kind: open, path: /x, times: 2}, {kind: open, path: /x, at: 3s}]
- rule: Made then run
  desc: A file is made and run by a child
  condition: evt.type = execve and proc.exepath startswith /tmp/
  output: "%proc.name"
  priority: warning
  sequence: {after: Untested, by: ancestor, within: 1m}
  tests:
    - match: [{kind: unlink, path: /x, by: {pid: 7}}, {kind: exec, by: /tmp/x, under: {pid: 7}}]
    - miss: [{kind: unlink, path: /x, by: {pid: 8}}, {kind: exec, by: /tmp/x, under: {pid: 7}}]
    - miss: [{kind: unlink, path: /x, by: {pid: 7}}, {kind: exec, by: /tmp/x, under: {pid: 7}, at: 61s}]
- rule: Untested
  desc: Nothing
  condition: evt.type = unlink
  output: "%proc.name"
  priority: warning
)";

TEST(CommandLine, RulesAreTestedByTheirOwnEvents) {
  const Outcome outcome = type({"test", file("tested.yaml", kTested)});
  EXPECT_EQ(outcome.code, ExitCode::Ok);
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.output, "no tests: Untested\n4 rules, 1 of them without tests: 9 tests passed, 0 failed\n");
}

TEST(CommandLine, ATestThatFailsSaysWhatDecided) {
  const std::string rule = R"(
- rule: Shell
  desc: A shell of other than sshd
  condition: evt.type = execve and (proc.name = sh or proc.name = bash) and not proc.aname in (sshd, login)
  output: "%proc.name"
  priority: warning
  threshold: {count: 2, within: 1s}
  tests:
    - )";
  const struct {
    const char* test;
    const char* answer;
  } rows[] = {
      {"match: {kind: exec, by: /bin/zsh, times: 2}",
       ":9:7: error: 'Shell' must match this and does not: proc.name = sh or proc.name = bash does not hold\n"},
      {"match: {kind: exec, by: /bin/sh, under: [/bin/x, /sbin/sshd], times: 2}",
       "does not: not proc.aname in (login, sshd) does not hold: proc.aname is x, sshd\n"},
      {"match: {kind: open, path: /bin/sh}", "must match this and does not: it is about exec, not about open\n"},
      {"match: {kind: exec, by: /bin/sh}", "its condition holds, and its threshold is 2 within 1s\n"},
      {"miss: {kind: exec, by: /bin/sh, times: 2}", "error: 'Shell' must not match this: "},
  };
  for (const auto& row : rows) {
    const Outcome outcome = type({"test", file("failing.yaml", rule + row.test + "\n")});
    EXPECT_EQ(outcome.code, ExitCode::Tests) << row.test;
    EXPECT_THAT(outcome.errors, HasSubstr(row.answer)) << row.test;
    EXPECT_THAT(outcome.output, HasSubstr("0 tests passed, 1 failed\n"));
  }
}

TEST(CommandLine, TheBuiltInRulesPassTheirTests) {
  const Outcome outcome = type({"test", PICKET_SOURCE_DIR "/rules/builtin"});
  EXPECT_EQ(outcome.code, ExitCode::Ok) << outcome.errors;
  EXPECT_THAT(outcome.output, HasSubstr(" 0 of them without tests: "));
}

TEST(CommandLine, TheBuiltInRulesAreRight) {
  const Outcome outcome = type({"check", PICKET_SOURCE_DIR "/rules/builtin"});
  EXPECT_EQ(outcome.code, ExitCode::Ok) << outcome.errors;
}

TEST(CommandLine, HelpNamesEveryExitCode) {
  const Outcome outcome = type({"--help"});
  EXPECT_EQ(outcome.code, ExitCode::Ok);
#define EXIT_CODE(number, name, when) EXPECT_THAT(outcome.output, HasSubstr(when));
#include "sensor/cli/exit_codes.def"
#undef EXIT_CODE
}

TEST(CommandLine, FieldsAreListed) {
  const Outcome outcome = type({"fields"});
  EXPECT_EQ(outcome.code, ExitCode::Ok);
  EXPECT_THAT(outcome.output, HasSubstr("evt.type"));
  EXPECT_THAT(type({"fields", "--format", "markdown"}).output, testing::StartsWith("# Fields\n"));
}

TEST(CommandLine, VersionIsTheProjects) {
  EXPECT_THAT(type({"version"}).output, testing::MatchesRegex("picket [0-9.]+\n"));
}

TEST(CommandLine, ConvertsSigmaRules) {
  const std::string sigma = file("sigma.yml",
                                 "title: Shell\nlogsource: {product: linux, category: process_creation}\n"
                                 "detection: {s: {Image|endswith: /sh}, condition: s}\n---\n"
                                 "title: Log\nlogsource: {product: linux, service: sshd}\n"
                                 "detection: {s: [word], condition: s}\n");
  const std::string broken = file("broken.yml", "title: [\n");
  const std::string made = file("made.yaml", "");

  const Outcome shown = type({"convert", "sigma", sigma});
  EXPECT_EQ(shown.code, ExitCode::Ok);
  EXPECT_THAT(shown.output, HasSubstr("- rule: Shell\n"));
  EXPECT_THAT(shown.errors, HasSubstr(":6:38: warning: 'Log' is not converted: log source 'sshd'"));
  EXPECT_THAT(shown.errors, testing::EndsWith("\n1 rules converted, 1 not converted, 0 errors\n"));

  const Outcome written = type({"convert", "sigma", broken, sigma, "--output", made});
  EXPECT_EQ(written.code, ExitCode::Rules);
  EXPECT_EQ(written.output, "");
  EXPECT_THAT(written.errors, HasSubstr("broken.yml:2:1: error: not YAML"));
  const Outcome checked = type({"check", made});
  EXPECT_EQ(checked.code, ExitCode::Ok);
  EXPECT_THAT(checked.output, HasSubstr("1 rules (1 enabled)"));
  EXPECT_EQ(type({"convert", "sigma", sigma, "--output", "/nonexistent/x"}).code, ExitCode::Failure);
  EXPECT_EQ(type({"convert", "sigma", "/nonexistent"}).code, ExitCode::Rules);
  EXPECT_EQ(type({"convert", "sigma"}).code, ExitCode::Usage);
  EXPECT_EQ(type({"convert"}).code, ExitCode::Usage);
}

}  // namespace
}  // namespace picket::cli
