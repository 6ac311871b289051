// SPDX-License-Identifier: Apache-2.0
//
// The tests that rules bring along: the events that are made of them, and what is said about mistakes.
#include "rules/compile/tests.h"

#include <gmock/gmock.h>

#include "rules/compile/compile.h"
#include "tests/support/compile.h"
#include "tests/support/fields.h"

namespace picket {
namespace {

using test::rendered;
using test::show;
using ::testing::HasSubstr;

Compiled compile_tests(const std::string& tests) {
  policy::Documents documents;
  policy::load_text(
      "site.yaml",
      "- rule: x\n  desc: d\n  condition: evt.type = openat\n  output: o\n  priority: NOTICE\n  tests:\n" + tests,
      documents);
  return compile(documents);
}

// Each event with fields of it, as outputs show them.
TEST(RuleTests, EventsAreWhatIsSaidOfThem) {
  const struct {
    std::string event;
    std::vector<test::Shown> fields;
  } rows[] = {
      {"{kind: open, path: /etc/shadow}",
       {{"evt.type", "open"},
        {"fd.name", "/etc/shadow"},
        {"fd.typechar", "f"},
        {"evt.is_open_read", "true"},
        {"evt.is_open_write", "false"},
        {"user.name", "root"},
        {"proc.pid", "100"},
        {"proc.name", "<NA>"},
        {"proc.pname", "<NA>"},
        {"container.id", "host"}}},
      {"{kind: open, fd.name: /x, evt.type: openat2, flags: O_WRONLY|O_CREAT, created: true, mode: S_IFDIR|0755}",
       {{"evt.type", "openat2"}, {"evt.is_open_create", "true"}, {"fd.typechar", "d"}, {"evt.is_open_write", "true"}}},
      {"{kind: open, path: /x, by: /usr/bin/a-very-long-name, under: [/usr/bin/bash, {name: sshd, pid: 7}]}",
       {{"proc.name", "a-very-long-nam"},
        {"proc.exepath", "/usr/bin/a-very-long-name"},
        {"proc.cmdline", "a-very-long-nam"},
        {"proc.pname", "bash"},
        {"proc.aname[2]", "sshd"},
        {"proc.apid[2]", "7"}}},
      {"{kind: exec, by: {exepath: /usr/bin/python3.11, name: python3, exe: py, args: [-c, \"a b\"], cwd: /tmp, uid: "
       "33,"
       " user: www-data, gid: 33, group: web, loginuid: 1000, stdin: socket, stdout: closed, tty: 5,"
       " env: [A=b, C=d], exe_flags: [memfd, unlinked]}}",
       {{"proc.exe", "py"},
        {"proc.cmdline", "python3 -c a b"},
        {"proc.args[0]", "-c"},
        {"proc.cwd", "/tmp"},
        {"user.uid", "33"},
        {"user.name", "www-data"},
        {"group.name", "web"},
        {"user.loginuid", "1000"},
        {"proc.stdin.type", "socket"},
        {"proc.stdout.type", "closed"},
        {"proc.stderr.type", "char"},
        {"proc.tty", "5"},
        {"proc.env[C]", "d"},
        {"proc.is_exe_from_memfd", "true"},
        {"exec.path", "/usr/bin/python3.11"},
        {"exec.comm", "python3"}}},
      {"{kind: connect, address: 10.0.0.1, port: 443}",
       {{"fd.rip", "10.0.0.1"}, {"fd.rport", "443"}, {"fd.l4proto", "tcp"}, {"fd.typechar", "4"}}},
      {"{kind: connect, fd.rip: \"2001:db8::1\", fd.rport: 53, protocol: 17, type: 2}",
       {{"fd.rip", "2001:db8::1"}, {"fd.l4proto", "udp"}, {"fd.typechar", "6"}}},
      {"{kind: connect, path: /run/docker.sock}", {{"fd.name", "/run/docker.sock"}, {"fd.sockfamily", "unix"}}},
      {"{kind: open, path: /x, container: \"registry:5000/shop/web:1.2\"}",
       {{"container.id", "0123456789ab"}, {"container.image.repository", "registry:5000/shop/web"}}},
      {"{kind: open, path: /x, container: {id: abc, name: web, image: nginx, privileged: true, pod: p, namespace: n}}",
       {{"container.id", "abc"},
        {"container.name", "web"},
        {"container.privileged", "true"},
        {"k8s.pod.name", "p"},
        {"k8s.ns.name", "n"}}},
      {"{kind: open, path: /x, error: EACCES}", {{"evt.res", "EACCES"}}},
      {"{kind: open, path: /x, result: 3}", {{"fd.num", "3"}, {"evt.res", "SUCCESS"}}},
      {"{kind: open, path: /x, result: ENOENT}", {{"evt.res", "ENOENT"}}},
      {"{kind: dup, new_descriptor: -1}", {{"dup.new_descriptor", "-1"}}},
      {"{kind: bpf, command: BPF_PROG_LOAD, name: probe}", {{"bpf.command", "5"}, {"bpf.name", "probe"}}},
      {"{kind: mkdir, path: /x, mode: 0755}", {{"mkdir.mode", "493"}}},
  };
  for (const auto& row : rows) {
    const Compiled compiled = compile_tests("    - match: " + row.event + "\n");
    EXPECT_EQ(rendered(compiled), "") << row.event;
    ASSERT_EQ(compiled.tests.size(), 1u) << row.event;
    ASSERT_EQ(compiled.tests[0].events.size(), 1u);
    const Event event = compiled.tests[0].events[0].made.event();
    for (const test::Shown& shown : row.fields) {
      EXPECT_EQ(show(shown.field, event), shown.expected) << shown.field << " of " << row.event;
    }
  }
}

TEST(RuleTests, SeveralEventsHappenOneAfterAnother) {
  const Compiled compiled = compile_tests(
      "    - miss: [{kind: open, path: /a, times: 3}, {kind: open, path: /b, at: 2s}, {kind: open, path: /c}]\n");
  EXPECT_EQ(rendered(compiled), "");
  ASSERT_EQ(compiled.tests.size(), 1u);
  EXPECT_FALSE(compiled.tests[0].match);
  std::string shown;
  for (const auto& [made, times] : compiled.tests[0].events) {
    const auto since = made.event().header->time - compiled.tests[0].events[0].made.event().header->time;
    shown +=
        show("fd.name", made.event()) + " " + std::to_string(since / 1'000'000) + " " + std::to_string(times) + "\n";
  }
  EXPECT_EQ(shown, "/a 0 3\n/b 2000 1\n/c 2001 1\n");
}

TEST(RuleTests, ADisabledRuleBringsNone) {
  policy::Documents documents;
  policy::load_text("site.yaml",
                    "- rule: x\n  desc: d\n  condition: evt.type = openat\n  output: o\n  priority: NOTICE\n"
                    "  tests: [{match: {kind: open}}]\n"
                    "- rule: x\n  tests: [{miss: {kind: exec}}]\n  override: {tests: append}\n",
                    documents);
  EXPECT_EQ(compile(documents).tests.size(), 2u);
  documents.rules.find("x")->enabled = false;
  EXPECT_EQ(compile(documents).tests.size(), 0u);
}

TEST(RuleTests, MistakesAreShownWhereTheyAre) {
  const struct {
    std::string tests, expected;
  } rows[] = {
      {"    - matches: {kind: open}\n", "7:7: error: a test is 'match: EVENT' or 'miss: EVENT'\n"},
      {"    - matches: {kind: open}\n", "hint: did you mean 'match'?\n"},
      {"    - match\n", "7:7: error: a test is 'match: EVENT'"},
      {"    - match: []\n", "7:7: error: a test without an event\n"},
      {"    - match: {}\n", "an event without 'kind'\n"},
      {"    - match: open\n", "7:14: error: an event must be a map\n"},
      {"    - match: {kind: opne}\n", "hint: did you mean 'open'?\n"},
      {"    - match: {kind: open, pth: /x}\n",
       "site.yaml:7:27: error: unknown key of open events 'pth'\n"
       "    7 |     - match: {kind: open, pth: /x}\n"
       "      |                           ^~~\n"
       "hint: did you mean 'path'?\n"},
      {"    - match: {kind: open, path: /x, path: /y}\n", "'path' is given twice\n"},
      {"    - match: {kind: open, path: [/x]}\n", "expected a text\n"},
      {"    - match: {kind: open, flags: O_WRNLY}\n", "or names of such, got 'O_WRNLY'\n"},
      {"    - match: {kind: open, mode: 65536}\n", "expected a number up to 65535"},
      {"    - match: {kind: open, by: {nmae: x}}\n", "error: unknown key of processes 'nmae'\n"},
      {"    - match: {kind: open, by: [x]}\n", "expected a map\n"},
      {"    - match: {kind: open, by: {stdin: sokcet}}\n", "hint: did you mean 'socket'?\n"},
      {"    - match: {kind: open, by: {exe_flags: memf}}\n", "hint: did you mean 'memfd'?\n"},
      {"    - match: {kind: open, container: {nam: x}}\n", "error: unknown key of containers 'nam'\n"},
      {"    - match: {kind: open, container: {privileged: maybe}}\n", "expected true or false\n"},
      {"    - match: {kind: open, call: opneat}\n", "hint: did you mean 'openat'?\n"},
      {"    - match: {kind: exec, created: true}\n", "only an open can create\n"},
      {"    - match: {kind: open, error: EACESS}\n", "hint: did you mean 'EACCES'?\n"},
      {"    - match: {kind: open, at: soon}\n", "expected a duration\n"},
      {"    - match: {kind: open, times: 0}\n", "expected a number from 1 to 1000\n"},
      {"    - match: {kind: connect, address: localhost}\n", "expected an IPv4 or IPv6 address\n"},
      {"    - match: {kind: dup, new_descriptor: one}\n", "expected a number, got 'one'\n"},
      {"    match: {kind: open}\n", "6:3: error: 'tests' must be a list\n"},
  };
  for (const auto& row : rows) {
    const Compiled compiled = compile_tests(row.tests);
    EXPECT_THAT(rendered(compiled), HasSubstr(row.expected)) << row.tests;
    EXPECT_TRUE(compiled.tests.empty()) << row.tests;
  }
}

}  // namespace
}  // namespace picket
