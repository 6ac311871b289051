// SPDX-License-Identifier: Apache-2.0
//
// What converted rules say of events: rows of a Sigma detection, an event, and whether it is meant.
#include <fcntl.h>
#include <gtest/gtest.h>

#include "rules/compile/compile.h"
#include "rules/match/match.h"
#include "tests/unit/rules/builtin/scene.h"
#include "tests/unit/rules/sigma/convert.h"

namespace picket::sigma::test {
namespace {

using picket::test::FakeNames;
using picket::test::Record;
using picket::test::Scene;

Policy policy_of(const std::string& text) {
  const Conversion conversion = converted(text);
  for (const Diagnostic& finding : conversion.findings) ADD_FAILURE() << render(finding);
  policy::Documents documents;
  policy::load_text("converted", conversion.rules, documents);
  Compiled compiled = compile(documents);
  EXPECT_EQ(compiled.policy.rules.size(), 1u) << conversion.rules;
  return std::move(compiled.policy);
}

bool matches(const Policy& policy, const Event& event) {
  Scratch scratch;
  return Matcher(policy).first_match(event, scratch) != nullptr;
}

bool means(const std::string& source, const std::string& detection, const Event& event) {
  return matches(policy_of(rule(source, detection)), event);
}

std::string one(const std::string& item) { return "  s:\n    " + item + "\n  condition: s\n"; }

// A program with its arguments, one after another, and a parent.
Scene program(const std::string& exe, const std::vector<std::string>& argv) {
  return Scene::exec().by("name", exe).under("sshd", "/usr/sbin/SSHD").with([argv](Process& process) {
    process.argv.clear();
    for (const std::string& argument : argv) process.argv += argument + '\0';
  });
}

TEST(SigmaMeaning, OfOneItem) {
  const Scene scene = program("/usr/bin/Curl", {"/usr/bin/curl", "-s", "HTTP://Host/a*b?c", "a\\b", "--Upload"});
  const struct {
    const char* item;
    bool meant;
  } rows[] = {
      {"Image: /usr/bin/curl", true},
      {"Image: /USR/BIN/CURL", true},
      {"Image|cased: /usr/bin/curl", false},
      {"Image|cased: /usr/bin/Curl", true},
      {"Image|endswith: /CURL", true},
      {"Image|endswith: [/wget, /curl]", true},
      {"Image|startswith: /opt/", false},
      {"Image|neq: /bin/sh", true},
      {"Image|neq: [/bin/sh, /usr/bin/curl]", false},
      {"CommandLine|startswith: '/usr/bin/curl -S http://'", true},
      {"CommandLine|endswith: --upload", true},
      {"CommandLine|contains|all: [-s, host, upload]", true},
      {"CommandLine|contains|all: [-s, nowhere]", false},
      {"CommandLine|contains: ['nowhere', 'http:']", true},
      {"CommandLine: '*curl*--upload'", true},
      {"CommandLine: '*curl*--up'", false},
      {R"(CommandLine|contains: 'a\*b\?c')", true},
      {R"(CommandLine|contains: 'a\*x')", false},
      {"CommandLine|contains: 'a?b'", true},
      {"CommandLine|contains: 'a??b'", false},
      {"CommandLine|contains: 'a\\b'", true},
      {"CommandLine|contains: 'a\\\\b'", true},
      {"CommandLine|re: 'http'", false},
      {"CommandLine|re|i: '\\shttp://\\w+/'", true},
      {"CommandLine|re: '(?i)--upload$'", true},
      {"CommandLine|re: '^curl'", false},
      {"CommandLine|windash|contains: ' /s '", true},
      {"ParentImage|endswith: /sshd", true},
      {"ParentImage: null", false},
      {"ParentImage|exists: true", true},
      {"GrandParentImage: null", true},
      {"GrandParentImage: ''", true},
      {"GrandParentImage|neq: /x", true},
      {"CommandLine|fieldref|startswith: Image", true},
      {"CommandLine|cased|fieldref|startswith: Image", false},
      {"ProcessId|gte: 0", true},
      {"ProcessId|lt: 0x0", false},
      {"User: ROOT", true},
      {"User: [user, nobody]", false},
  };
  FakeNames names;
  for (const auto& row : rows) EXPECT_EQ(means(kProcess, one(row.item), scene.event(names)), row.meant) << row.item;
}

TEST(SigmaMeaning, OfEncodedText) {
  FakeNames names;
  // "--secret--" at each of the three places within Base64's groups, and in UTF-16.
  for (const char* argument : {"LS1zZWNyZXQtLQ==", "eC0tc2VjcmV0LS0=", "eHgtLXNlY3JldC0t"}) {
    const Scene scene = program("/x", {"x", argument});
    EXPECT_TRUE(means(kProcess, one("CommandLine|base64offset|contains: secret"), scene.event(names))) << argument;
    EXPECT_FALSE(means(kProcess, one("CommandLine|base64offset|contains: sekret"), scene.event(names))) << argument;
  }
  const Scene wide = program("/x", {"powershell", "-e", "cwBlAGMAcgBlAHQA"});
  EXPECT_TRUE(means(kProcess, one("CommandLine|wide|base64offset|contains: secret"), wide.event(names)));
  EXPECT_TRUE(means(kProcess, one("CommandLine|utf16le|base64|cased|contains: secret"), wide.event(names)));
}

TEST(SigmaMeaning, OfConditions) {
  const std::string identifiers =
      "  sel_sh: {Image|endswith: /sh}\n  sel_i: {CommandLine|contains: ' -i'}\n  sel_c: {CommandLine|contains: ' "
      "-c'}\n"
      "  filter: {ParentImage|endswith: /cron}\n  condition: ";
  const struct {
    std::vector<std::string> argv;
    const char* condition;
    bool meant;
  } rows[] = {
      {{"sh", "-i"}, "all of sel_* and not filter", false},
      {{"sh", "-i", "-c"}, "all of sel_* and not filter", true},
      {{"sh", "-i"}, "2 of sel_*", true},
      {{"sh"}, "2 of sel_*", false},
      {{"sh"}, "1 of them", true},
      {{"sh"}, "sel_sh and not (sel_i or sel_c)", true},
      {{"sh"}, "not sel_sh or filter", false},
  };
  FakeNames names;
  for (const auto& row : rows) {
    const Scene scene = program("/bin/sh", row.argv);
    EXPECT_EQ(means(kProcess, identifiers + row.condition + "\n", scene.event(names)), row.meant) << row.condition;
  }
}

TEST(SigmaMeaning, OnlyEventsOfTheLogSource) {
  FakeNames names;
  const Scene exec = Scene::exec().by("sh", "/bin/sh");
  const Scene open = Scene::open("/etc/shadow", O_RDONLY).by("sh", "/bin/sh");
  const Scene gone = Scene::unlink("/etc/shadow").by("sh", "/bin/sh");
  const Scene connect = Scene::connect("10.1.2.3", 4444).by("sh", "/bin/sh");
  const Scene local = Scene::connect("/run/x").by("sh", "/bin/sh");
  const struct {
    const char* source;
    const Scene* meant;
  } rows[] = {{"category: process_creation", &exec},
              {"category: file_access", &open},
              {"category: file_delete", &gone},
              {"category: network_connection", &connect},
              {"category: dns_query", nullptr}};
  for (const auto& row : rows) {
    const Policy policy = policy_of(rule(row.source, one("Image: /bin/sh")));
    for (const Scene* scene : {&exec, &open, &gone, &connect, &local}) {
      EXPECT_EQ(matches(policy, scene->event(names)), scene == row.meant) << row.source;
    }
  }
}

TEST(SigmaMeaning, OfNewFiles) {
  FakeNames names;
  const Process process = [] {
    Process made;
    made.known = true;
    made.exe_path = "/usr/bin/vi";
    return made;
  }();
  Record<pk_create> create(Kind::create);
  create.text(&pk_create::path, "/etc/Cron.d/x");
  Record<pk_rename> rename(Kind::rename);
  rename.text(&pk_rename::old_path, "/tmp/x").text(&pk_rename::new_path, "/etc/cron.d/x");
  Record<pk_rename> away(Kind::rename);
  away.text(&pk_rename::old_path, "/etc/cron.d/x").text(&pk_rename::new_path, "/tmp/x");
  Record<pk_symlink> symlink(Kind::symlink);
  symlink.text(&pk_symlink::target, "/tmp/x").text(&pk_symlink::path, "/etc/cron.d/x");
  const Policy policy = policy_of(rule("category: file_event", one("TargetFilename|startswith: /etc/cron.d/")));
  EXPECT_TRUE(matches(policy, create.event(process, &names)));
  EXPECT_TRUE(matches(policy, rename.event(process, &names)));
  EXPECT_FALSE(matches(policy, away.event(process, &names)));
  EXPECT_TRUE(matches(policy, symlink.event(process, &names)));

  const std::string name = "  n: {name: /etc/cron.d/x}\n";
  const Policy made =
      policy_of(rule(kAuditd, "  t: {type: PATH, nametype: CREATE}\n" + name + "  condition: t and n\n"));
  const Policy lost =
      policy_of(rule(kAuditd, "  t: {type: PATH, nametype: DELETE}\n" + name + "  condition: t and n\n"));
  const Policy touched = policy_of(rule(kAuditd, "  t: {type: PATH}\n" + name + "  condition: t and n\n"));
  EXPECT_TRUE(matches(made, rename.event(process, &names)));
  EXPECT_FALSE(matches(made, away.event(process, &names)));
  EXPECT_FALSE(matches(lost, rename.event(process, &names)));
  EXPECT_TRUE(matches(lost, away.event(process, &names)));
  EXPECT_TRUE(matches(touched, rename.event(process, &names)));
  EXPECT_TRUE(matches(touched, away.event(process, &names)));
}

TEST(SigmaMeaning, OfConnections) {
  const struct {
    const char* item;
    bool meant;
  } rows[] = {
      {"DestinationIp: 10.1.2.3", true},
      {"DestinationIp|cidr: 10.0.0.0/8", true},
      {"DestinationIp|cidr: ['fc00::/7', 192.168.0.0/16]", false},
      {"DestinationIp|startswith: '10.1.'", true},
      {"DestinationIp|startswith: '10.10.'", false},
      {"DestinationPort: [22, 4444]", true},
      {"DestinationPort|gt: 5000", false},
      {"Initiated: 'true'", true},
      {"Initiated: 'false'", false},
      {"DestinationHostname|endswith: .EXAMPLE", true},
      {"DestinationIsIpv6: 'false'", true},
      {"Protocol: tcp", true},
  };
  FakeNames names;
  const Scene scene = Scene::connect("10.1.2.3", 4444).by("sh", "/bin/sh");
  for (const auto& row : rows) {
    Event event = scene.event(names);
    event.host_name = "c2.example";
    EXPECT_EQ(means("category: network_connection", one(row.item), event), row.meant) << row.item;
  }
}

TEST(SigmaMeaning, OfRecords) {
  FakeNames names;
  const Scene exec = program("/usr/bin/grep", {"grep", "-r", "", "Password=", "/etc"});
  const Scene crypto = Scene::socket(38, 5).by("sh", "/bin/sh");
  const Scene socket = Scene::socket(2, 1).by("sh", "/bin/sh");
  const struct {
    const char* item;
    const Scene& scene;
    bool meant;
  } rows[] = {
      {"{type: EXECVE, a0: GREP, a1: -r}", exec, true},
      {"{type: EXECVE, a0: grep, a1: -R, a4|startswith: /etc}", exec, true},
      {"{type: EXECVE, a2: ''}", exec, true},
      {"{type: EXECVE, a9: ''}", exec, false},
      {"{type: EXECVE, a9: null}", exec, true},
      {"{'|all': [grep, password]}", exec, true},
      {"{'|all': [grep, nothing]}", exec, false},
      {"['grep -r']", exec, true},
      {"{a0: grep}", crypto, false},
      {"{type: SYSCALL, SYSCALL: socket, a0: 26}", crypto, true},
      {"{type: SYSCALL, SYSCALL: socket, a0: 26}", socket, false},
      {"{type: SYSCALL, exe: /bin/SH}", socket, true},
      {"{type: PATH, exe: /bin/sh}", socket, false},
  };
  for (const auto& row : rows) {
    const std::string detection = std::string("  s: ") + row.item + "\n  condition: s\n";
    EXPECT_EQ(means(kAuditd, detection, row.scene.event(names)), row.meant) << row.item;
  }
}

}  // namespace
}  // namespace picket::sigma::test
