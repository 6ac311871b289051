// SPDX-License-Identifier: Apache-2.0
//
// What becomes of conditions: for one kind of event, which lane decides what, and what is left.
#include "rules/plan/plan.h"

#include <gmock/gmock.h>

#include "rules/plan/judge.h"
#include "rules/plan/lane.h"
#include "tests/support/compile.h"

namespace picket {
namespace {

using testing::HasSubstr;

Compiled compile_condition(const std::string& condition, const std::string& more = {}) {
  return test::compile_some("- rule: A\n  desc: d\n  output: x\n  priority: INFO\n  condition: >\n    " + condition +
                            "\n" + more);
}

// "[lane] part & [?] what is left | ..."; "never" when it cannot hold for the kind.
std::string planned(const std::string& condition, Kind kind) {
  const Compiled compiled = compile_condition(condition);
  if (compiled.policy.rules.empty()) return test::rendered(compiled);
  std::string text;
  for (const PlannedConjunct& one : plan(compiled.policy, {Mode::Observe, 1}).conjuncts) {
    if (one.kind != kind) continue;
    if (!text.empty()) text += " | ";
    std::string parts;
    for (const PlannedPart& part : one.parts) {
      parts += (parts.empty() ? "[" : " & [") + (part.lane.empty() ? "?" : part.lane) + "] " + part.text;
    }
    text += parts.empty() ? "always" : parts;
  }
  return text.empty() ? "never" : text;
}

const std::string kDigest(64, 'a'), kOtherDigest(64, '0');

struct Row {
  Kind kind;
  std::string condition, expected;
};

const Row kRows[] = {
    {Kind::open, "fd.name = /etc/passwd", "[directories of path] fd.name = /etc/passwd"},
    {Kind::open, "not fd.name = /etc/passwd", "[directories of path] not fd.name = /etc/passwd"},
    {Kind::open, "fd.name != /etc/passwd", "[directories of path] fd.name != /etc/passwd"},
    {Kind::open, "fd.name in (/etc/passwd, /etc/shadow) or fd.name pmatch (/root)",
     "[directories of path] fd.name in (/etc/passwd, /etc/shadow) or fd.name pmatch (/root)"},
    {Kind::open, "fd.name startswith /etc/", "[directories of path] fd.name startswith /etc/"},
    {Kind::open, "fd.name startswith /etc/ssh/ssh_host",
     "[directories of path] fd.name startswith /etc/ssh/ & [?] fd.name startswith /etc/ssh/ssh_host"},
    {Kind::open, "not fd.name startswith /etc/ssh/ssh_host", "[?] not fd.name startswith /etc/ssh/ssh_host"},
    {Kind::open, "fd.name startswith /etc", "[?] fd.name startswith /etc"},
    {Kind::open, "fd.name endswith /authorized_keys", "[last name of path] fd.name endswith /authorized_keys"},
    {Kind::open, "fd.name endswith /.ssh/authorized_keys",
     "[last name of path] fd.name endswith /authorized_keys & [?] fd.name endswith /.ssh/authorized_keys"},
    {Kind::open, "fd.name endswith .pub", "[?] fd.name endswith .pub"},
    {Kind::open, "fd.name glob \"/home/*/.ssh/id_*\"",
     "[directories of path] fd.name startswith /home/ & [?] fd.name glob /home/*/.ssh/id_*"},
    {Kind::open, "fd.name glob \"/home/*/authorized_keys\"",
     "[directories of path] fd.name startswith /home/ & [last name of path] fd.name endswith /authorized_keys & [?] "
     "fd.name glob /home/*/authorized_keys"},
    {Kind::open, "fd.name pmatch (\"/home/*/.ssh\", /root)", "[?] fd.name pmatch (/home/*/.ssh, /root)"},
    {Kind::open, "fd.name contains /.ssh/",
     "[names on the way of path] fd.name contains /.ssh/ & [?] fd.name contains /.ssh/"},
    {Kind::open, "fd.name regex \"/etc/.*\"", "[?] fd.name regex /etc/.*"},
    {Kind::open, "fd.name = \"//etc\"", "[last name of path] fd.name endswith /etc & [?] fd.name = //etc"},
    {Kind::open, "fd.name in (/etc/passwd, \"relative\")", "[?] fd.name in (/etc/passwd, relative)"},
    {Kind::open, "fd.name exists", "[directories of path] fd.name exists"},
    {Kind::open, "fd.directory = /etc", "[directories of path] fd.directory = /etc"},
    {Kind::open, "fd.filename in (passwd, shadow)", "[last name of path] fd.filename in (passwd, shadow)"},
    {Kind::open, "fd.filename = \"memfd:x\"", "[?] fd.filename = memfd:x"},
    {Kind::open, "fd.filename startswith pass", "[?] fd.filename startswith pass"},
    {Kind::open, "tolower(fd.name) = /etc/passwd", "[?] tolower(fd.name) = /etc/passwd"},
    {Kind::open, "evt.abspath = /etc/passwd", "[directories of path] evt.abspath = /etc/passwd"},
    {Kind::open, "fs.path.name pmatch (/etc)", "[directories of path] fs.path.name pmatch (/etc)"},
    {Kind::open, "open.path = /etc/passwd", "[directories of path] open.path = /etc/passwd"},
    {Kind::open, "evt.arg.name = /etc/passwd", "[directories of path] evt.arg.name = /etc/passwd"},
    {Kind::open, "evt.is_open_write = true", "[flags] evt.is_open_write = true"},
    {Kind::open, "evt.is_open_write = true and evt.is_open_truncate = true",
     "[flags] evt.is_open_write = true and evt.is_open_truncate = true"},
    {Kind::open, "evt.is_open_create = true and evt.is_open_exec = true",
     "[file_mode] evt.is_open_create = true & [?] evt.is_open_exec = true"},
    {Kind::open, "open.flags = 577", "[flags] open.flags = 577"},
    {Kind::open, "open.flags = 577 or evt.is_open_read = true", "[?] open.flags = 577"},
    {Kind::open, "fd.typechar = f and fd.num >= 0", "[mode] fd.typechar = f & [?] fd.num >= 0"},
    {Kind::open, "proc.name = sh and proc.exepath = /bin/sh",
     "[directories of the executable] proc.exepath = /bin/sh & [task name] proc.name = sh"},
    {Kind::open, "proc.name = sh or proc.name = bash", "[task name] proc.name = sh or proc.name = bash"},
    {Kind::open, "proc.name = sh or proc.exepath = /bin/sh",
     "[directories of the executable] proc.exepath = /bin/sh | [task name] proc.name = sh"},
    {Kind::open, "proc.name startswith py", "[?] proc.name startswith py"},
    {Kind::open, "proc.exepath startswith /opt/ and proc.exepath endswith /python3",
     "[directories of the executable] proc.exepath startswith /opt/ & [name of the executable] proc.exepath endswith "
     "/python3"},
    {Kind::open, "proc.pname = sh", "[task name of the parent] proc.pname = sh"},
    {Kind::exec, "proc.name = sh and not proc.pname in (cron, sshd)",
     "[task name of the parent] not proc.pname in (cron, sshd) & [task name] proc.name = sh"},
    {Kind::open, "proc.pname startswith s", "[?] proc.pname startswith s"},
    {Kind::open, "proc.aname = sh", "[?] proc.aname = sh"},
    {Kind::open, "proc.is_exe_from_memfd = true or proc.is_exe_on_tmpfs = true",
     "[flags of the executable] proc.is_exe_from_memfd = true or proc.is_exe_on_tmpfs = true"},
    {Kind::open, "user.uid = 0", "[user] user.uid = 0"},
    {Kind::open, "evt.type in (open, openat, openat2, creat, open_by_handle_at) and user.uid >= 1000",
     "[user] user.uid >= 1000"},
    {Kind::open, "user.uid >= 100000 and user.uid < 165536", "[?] user.uid >= 100000 & [?] user.uid < 165536"},
    {Kind::open, "user.name = root", "[?] user.name = root"},
    {Kind::open, "container.id != host", "[container] container.id != host"},
    {Kind::open, "container.id != host and k8s.ns.name glob 'kube-*' and container.label[app] regex 'x+'",
     "[container] container.id != host and k8s.ns.name glob kube-* and container.label[app] regex x+"},
    {Kind::open, "not (container.image.repository = a or tolower(container.name) contains b)",
     "[container] not container.image.repository = a and not tolower(container.name) contains b"},
    {Kind::open, "container.image = a or proc.name = sh",
     "[task name] proc.name = sh | [container] container.image = a"},
    {Kind::open, "container.name = val(proc.name)", "[?] container.name = val(proc.name)"},
    {Kind::open, "container.duration > 5000 and container.id != host",
     "[container] container.id != host & [?] container.duration > 5000"},
    {Kind::open, "evt.type in (open, openat, openat2, creat, open_by_handle_at)", "always"},
    {Kind::open, "evt.type in (open, openat)", "[system call] evt.type in (open, openat)"},
    {Kind::open, "evt.type = connect", "never"},
    {Kind::open, "not evt.type = connect", "always"},
    {Kind::open, "evt.is_io_uring = true", "[system call] evt.is_io_uring = true"},
    {Kind::connect, "evt.is_open_write = true", "never"},
    {Kind::connect, "not evt.is_open_write = true", "always"},
    {Kind::connect, "fd.sport = 22", "[family] fd.sport exists & [port] fd.sport = 22"},
    {Kind::connect, "not fd.sport in (22, 23)", "[port] not fd.sport in (22, 23) | [family] not fd.sport exists"},
    {Kind::connect, "fd.sport < 1024", "[family] fd.sport exists & [port] fd.sport < 1024"},
    {Kind::connect, "fd.typechar in (4, 6) and fd.l4proto = tcp",
     "[family] fd.typechar in (4, 6) & [?] fd.l4proto = tcp"},
    {Kind::connect, "fd.type = ipv4", "[family] fd.sockfamily = ip & [?] fd.type = ipv4"},
    {Kind::connect, "fd.type = unix", "[family] fd.type = unix"},
    {Kind::connect, "fd.sockfamily = ip", "[family] fd.sockfamily = ip"},
    {Kind::connect, "fd.sip = \"10.0.0.1\"", "[address] fd.sip = 10.0.0.1"},
    {Kind::connect, "fd.snet in (\"10.0.0.0/8\", \"fd00::/8\") and not fd.rip = \"10.0.0.1\"",
     "[address] not fd.rip = 10.0.0.1 and fd.snet in (10.0.0.0/8, fd00::/8)"},
    {Kind::connect, "fd.rip exists", "[address] fd.rip exists"},
    {Kind::connect, "connect.address = \"10.0.0.1\"", "[?] connect.address = 10.0.0.1"},
    {Kind::listen, "fd.lip = \"0.0.0.0\" or fd.lport = 0",
     "[address] fd.lip = 0.0.0.0 | [family] fd.lport exists & [port] fd.lport = 0"},
    {Kind::exec, "evt.type = execveat", "[?] evt.type = execveat"},
    {Kind::connect, "fd.name = /run/x.sock", "[?] fd.name = /run/x.sock"},
    {Kind::unix_connect, "fd.name = /run/x.sock", "[directories of path] fd.name = /run/x.sock"},
    {Kind::unix_connect, "fd.directory = /run and fd.filename = x.sock",
     "[directories of path] fd.directory = /run & [last name of path] fd.filename = x.sock"},
    {Kind::unix_connect, "evt.type in (unix_connect, unix_send)", "always"},
    {Kind::unix_connect, "evt.type in (connect, sendto)", "never"},
    {Kind::unix_connect, "unix_connect.type = 2", "[type] unix_connect.type = 2"},
    {Kind::connect, "connect.family = 1 and connect.type = 1", "[family] connect.family = 1 & [type] connect.type = 1"},
    {Kind::exec, "proc.name = sh and proc.cmdline contains nc",
     "[task name] proc.name = sh & [?] proc.cmdline contains nc"},
    {Kind::exec, "exec.path = /bin/sh or exec.comm = sh",
     "[directories of the executable] exec.path = /bin/sh | [task name] exec.comm = sh"},
    {Kind::exec, "proc.exepath = /bin/sh", "[directories of the executable] proc.exepath = /bin/sh"},
    {Kind::exec, "proc.exe_hash.sha256 = " + kDigest + " or proc.exe_hash.sha256 = " + kOtherDigest,
     "[digest of what is executed] proc.exe_hash.sha256 = " + kDigest + " or proc.exe_hash.sha256 = " + kOtherDigest},
    {Kind::exec, "proc.name = x and proc.exe_hash.sha256 != " + kDigest,
     "[task name] proc.name = x & [digest of what is executed] proc.exe_hash.sha256 != " + kDigest},
    {Kind::exec, "proc.exe_hash.sha256 exists", "[?] proc.exe_hash.sha256 exists"},
    {Kind::open, "proc.exe_hash.sha256 = " + kDigest, "[?] proc.exe_hash.sha256 = " + kDigest},
    {Kind::socket, "evt.arg.domain = AF_PACKET", "[family] evt.arg.domain = AF_PACKET"},
    {Kind::rename, "fs.path.source pmatch (/etc) or fs.path.target pmatch (/etc)",
     "[directories of old_path] fs.path.source pmatch (/etc) | [directories of new_path] fs.path.target pmatch (/etc)"},
    {Kind::link, "fs.path.target = /etc/passwd and link.new_path pmatch (/tmp)",
     "[directories of old_path] fs.path.target = /etc/passwd & [directories of new_path] link.new_path pmatch (/tmp)"},
    {Kind::mount, "fs.path.source = /dev/sda and fs.path.target pmatch (/mnt)",
     "[directories of path] fs.path.target pmatch (/mnt) & [?] fs.path.source = /dev/sda"},
    {Kind::chmod, "evt.arg.mode contains S_ISUID", "[mode] evt.arg.mode contains S_ISUID"},
    {Kind::chmod, "chmod.mode = 2541 or chmod.mode = 511", "[mode] chmod.mode = 2541 or chmod.mode = 511"},
    {Kind::signal, "evt.arg.sig = SIGKILL", "[signal] evt.arg.sig = SIGKILL"},
    {Kind::signal, "signal.code < 0", "[?] signal.code < 0"},
    {Kind::ptrace, "ptrace.request = -1", "[request] ptrace.request = -1"},
    {Kind::bpf, "evt.arg.cmd = BPF_PROG_LOAD", "[command] evt.arg.cmd = BPF_PROG_LOAD"},
    {Kind::mmap, "mmap.path != /usr/lib/x.so and mmap.protection in (5, 7)",
     "[protection] mmap.protection in (5, 7) & [directories of path] mmap.path != /usr/lib/x.so"},
    {Kind::module, "module.source = 2", "[source] module.source = 2"},
    {Kind::setuid, "setuid.effective_uid = 0 and user.uid != 0",
     "[effective_uid] setuid.effective_uid = 0 & [user] user.uid != 0"},
};

TEST(Plan, OfConditions) {
  for (const Row& row : kRows) {
    EXPECT_EQ(planned(row.condition, row.kind), row.expected) << kind_name(row.kind) << ": " << row.condition;
  }
}

// ---- what can be refused ----

constexpr const char* kDeny = "  action: deny\n";
constexpr const char* kOpen = "evt.type in (open, openat, openat2, creat, open_by_handle_at) and ";

struct Refusal {
  std::string condition, more, expected;  // a part of the diagnostic; empty: it can be enforced
};

const Refusal kRefusals[] = {
    {kOpen + std::string("fd.name pmatch (/etc) and not proc.name = apt"), kDeny, ""},
    {"evt.type = connect and fd.sport = 25", kDeny, ""},
    {"evt.type in (unix_connect, unix_send) and fd.name in (/run/docker.sock, /run/containerd/containerd.sock)", kDeny,
     ""},
    {"unix_connect.path pmatch (/run/containerd)", kDeny, ""},
    {"evt.type = connect and fd.name = /run/docker.sock", kDeny, "'fd.name = /run/docker.sock' is"},
    {"evt.type in (execve, execveat) and proc.is_exe_from_memfd = true", "  action: kill\n", ""},
    {"evt.type in (execve, execveat) and not proc.exe_hash.sha256 in (" + kDigest + ")", kDeny, ""},
    {"evt.type in (execve, execveat) and proc.exe_hash.sha256 exists", kDeny, "the kernel computes it of executions"},
    {kOpen + std::string("proc.exe_hash.sha256 = ") + kDigest, kDeny, "the kernel computes it of executions alone"},
    {kOpen + std::string("file.hash.sha256 = ") + kDigest, kDeny, "the hash is computed in user space"},
    {kOpen + std::string("fd.name contains x"), kDeny, "'fd.name contains x' is a comparison that no key"},
    {kOpen + std::string("fd.name startswith /etc"), kDeny, "'fd.name startswith /etc' does not end between two names"},
    {kOpen + std::string("fd.name glob '/etc/*'"), kDeny, "'fd.name glob /etc/*' has a pattern in it"},
    {kOpen + std::string("fd.name = '/etc/'"), kDeny, "'fd.name = /etc/' names no path or name that can be a key"},
    {kOpen + std::string("proc.pname = sh"), kDeny, ""},
    {kOpen + std::string("proc.aname = sh"), kDeny, "'proc.aname = sh' is about what the kernel does not look at"},
    {kOpen + std::string("user.name = root"), kDeny, "hint: compare user.uid"},
    {kOpen + std::string("container.id != host and container.image.repository contains x"), kDeny, ""},
    {kOpen + std::string("container.duration > 5000"), kDeny, "takes more than the container into account"},
    {kOpen + std::string("fd.num >= 0 and evt.failed = false and evt.rawres >= 0"), kDeny, ""},
    {kOpen + std::string("not fd.num < 0"), kDeny, ""},
    {kOpen + std::string("fd.num < 0"), kDeny, "'fd.num < 0' asks for the outcome, which is not known before it is"},
    {kOpen + std::string("evt.res = EACCES"), kDeny, "'evt.res = EACCES' asks for the outcome"},
    {kOpen + std::string("not fd.num >= 0"), kDeny, "'not fd.num >= 0' asks for the outcome"},
    {kOpen + std::string("tolower(fd.name) = /x"), kDeny, "is computed from other values"},
    {kOpen + std::string("user.uid >= 100000 and user.uid < 200000"), kDeny, "splits a lane into more numbers"},
    {kOpen + std::string("not (fd.name = /x or fd.name contains y)"), kDeny, "'not fd.name contains y' is"},
    {"evt.type = execve and proc.name = x", kDeny, "hint: name all of the kind: evt.type in (execve, execveat)"},
    {"evt.type = connect and fd.rnet = \"10.0.0.0/8\"", kDeny, ""},
    {"evt.type = connect and fd.type = ipv4", kDeny, "IPv4 comes inside IPv6, too"},
    {"evt.type = exit_group or user.uid = 7", kDeny, "it can match events of the kind 'fork', which cannot be refused"},
    {kOpen + std::string("fd.name = /x"), "  action: deny\n  errno: ECHILD\n",
     "errno ECHILD makes the kernel try again"},
    {"create.path startswith /etc/", "  action: [deny, kill]\n  errno: EACCES\n", ""},
    {"evt.type = connect and fd.sport = 25", "  action: deny\n  errno: ECHILD\n", ""},
    {kOpen + std::string("fd.name = /x"), "  action: deny\n  errno: ESTALE\n",
     "errno ESTALE makes the kernel try again"},
    {kOpen + std::string("fd.name = /x"), "  action: deny\n  threshold: {count: 2, within: 1s}\n",
     "its threshold is counted"},
    {kOpen + std::string("fd.name contains x"), "  action: deny\n  enabled: false\n", ""},
    {kOpen + std::string("fd.name contains x"), "", ""},
};

TEST(Plan, WhatCannotBeRefusedIsSaidWhereItIsWritten) {
  for (const Refusal& row : kRefusals) {
    const Plan made = plan(compile_condition(row.condition, row.more).policy, {Mode::Enforce, 1});
    std::string text;
    for (const Diagnostic& diagnostic : made.diagnostics) text += render(diagnostic);
    if (row.expected.empty()) {
      EXPECT_EQ(text, "") << row.condition;
    } else {
      EXPECT_THAT(
          text, testing::AllOf(HasSubstr("test.yaml:7:11: error: the rule 'A' cannot deny: "),
                               HasSubstr("    7 |   action: deny\n      |           ^~~~\n"), HasSubstr(row.expected)));
    }
  }
}

// A rule that denies by the call says which others do the same.
TEST(Plan, CallsThatARuleThatDeniesPassesOverAreSaid) {
  const std::pair<const char*, const char*> rows[] = {
      {"evt.type in (open, openat, openat2) and open.path = /x", "'open': creat, open_by_handle_at\n"},
      {"evt.type in (rename, renameat, renameat2) and rename.old_path = /x", ""},
      {"(evt.type = unlink or evt.type = unlinkat) and unlink.path = /x", ""},
      {"evt.type = chmod and fs.path.name = /x or evt.type = fchmod and user.uid = 7",
       "'chmod': fchmodat, fchmodat2\n"},
      {"evt.is_io_uring = false and mkdir.path = /x", "'mkdir': io_uring\n"},
      {"open.path = /x", ""},
  };
  for (const auto& [condition, expected] : rows) {
    const Plan made = plan(compile_condition(condition, kDeny).policy, {Mode::Enforce, 1});
    std::string text;
    for (const Diagnostic& diagnostic : made.diagnostics) text += render(diagnostic);
    if (*expected == '\0') {
      EXPECT_EQ(text, "") << condition;
    } else {
      EXPECT_THAT(text, testing::AllOf(HasSubstr("warning: the rule 'A' passes over calls that do what it denies, "),
                                       HasSubstr(expected), HasSubstr("hint: leave evt.type out")));
    }
    EXPECT_EQ(made.obstacles.at(0), "") << condition;
  }
}

// What the image has of a rule's response.
struct Deed {
  std::string more;
  Mode sensor;
  bool enforced, audited;
  pk_response response;
};

TEST(Plan, ModesDecideWhatIsDone) {
  const Deed rows[] = {
      {"  action: deny\n", Mode::Observe, false, false, {-1, 0}},
      {"  action: deny\n", Mode::Audit, false, true, {-1, 0}},
      {"  action: deny\n", Mode::Enforce, true, false, {-1, 0}},
      {"  action: deny\n  errno: EACCES\n  mode: audit\n", Mode::Enforce, false, true, {-13, 0}},
      {"  action: kill\n  mode: enforce\n", Mode::Observe, true, false, {0, 1}},
      {"  action: [deny, kill]\n", Mode::Enforce, true, false, {-1, 1}},
      {"  action: kill\n  exempt: none\n", Mode::Enforce, true, false, {0, 3}},
      {"  action: alert\n", Mode::Enforce, false, false, {0, 0}},
  };
  for (const Deed& row : rows) {
    const Plan made = plan(compile_condition("unlink.path = /x", row.more).policy, {row.sensor, 1});
    ASSERT_EQ(made.conjuncts.size(), 1u);
    const pk_kind_plan& kind = made.image->kinds[PK_unlink];
    EXPECT_EQ(made.image->bits[kind.enforce + 1], row.enforced) << row.more;
    EXPECT_EQ(made.image->bits[kind.audit + 1], row.audited) << row.more;
    const pk_response& response = made.image->responses[made.conjuncts[0].number];
    EXPECT_EQ(response.error, row.response.error) << row.more;
    EXPECT_EQ(response.flags, row.response.flags) << row.more;
  }
}

TEST(Plan, WhatNobodyAsksAboutIsNotWanted) {
  const Plan made = plan(compile_condition("unlink.path = /x").policy, {Mode::Observe, 1});
  for (unsigned number = 0; number < kKindEnd; ++number) {
    const pk_kind_plan& kind = made.image->kinds[number];
    EXPECT_EQ(kind.words, number == PK_unlink ? 1u : 0u);
    EXPECT_EQ((kind.flags & PK_PLAN_DECIDE) != 0, planning::kDecidedKinds.contains(static_cast<Kind>(number)));
    const bool table = number == PK_exec || number == PK_setuid || number == PK_setgid || number == PK_capset;
    EXPECT_EQ((kind.flags & PK_PLAN_REPORT_ALL) != 0, table);
  }
}

TEST(Plan, AnEmptyPolicyWantsNothing) {
  const Plan made = plan(Policy());
  EXPECT_TRUE(made.conjuncts.empty());
  EXPECT_EQ(made.image->words, 0u);
  EXPECT_EQ(made.image->generation, 1u);
}

}  // namespace
}  // namespace picket
