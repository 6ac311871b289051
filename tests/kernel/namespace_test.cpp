// SPDX-License-Identifier: Apache-2.0
//
// setns, unshare, userns: every wire field, every call, and that the process afterwards is where they put it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/compat.h"
#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/shared.h"
#include "tests/kernel/support/suite.h"
#include "tests/kernel/support/ways.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

constexpr int kAll = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_NEWPID;

class Namespace : public SharedSensor<Namespace> {
 public:
  static std::string rules() {
    return wire_rule("setns", "setns", "setns.flags exists and proc.name = picket_kernel_t") +
           wire_rule("unshare", "unshare", "unshare.flags exists and proc.name = picket_kernel_t") +
           wire_rule("userns", "userns", "userns.owner_uid = 4301");
  }

 protected:
  const std::uint64_t since_ = boot_clock();
};

// Where the process is, and its children will be: a pid namespace can be looked at once somebody is in it.
Fields where_is(const std::string& kind, pid_t pid) {
  const auto in = [&](const char* name) { return std::to_string(namespace_of(pid, name)); };
  return {{kind + ".pid_namespace", in("pid_for_children")},
          {kind + ".mount_namespace", in("mnt")},
          {kind + ".net_namespace", in("net")},
          {kind + ".user_namespace", in("user")},
          {kind + ".cgroup_namespace", in("cgroup")}};
}

// The native JSON of the process says the same.
void expect_process(const Json& alert, const std::string& kind) {
  const Fields fields = wire_fields(alert);
  const Json& namespaces = alert.at("process").at("namespaces");
  for (const char* name : {"mount", "net", "user", "cgroup"}) {
    EXPECT_EQ(fields.at(kind + "." + name + "_namespace"), namespaces.at(name).dump()) << name;
  }
}

int leave_all() {
  if (unshare(kAll) != 0) return 1;
  if (fork() == 0) _exit(pause());
  return pause();
}

TEST_F(Namespace, EveryWireFieldOfUnshare) {
  Child child(leave_all);
  child.go();
  const Json alert = sensor().next_alert("unshare", child.pid());
  const Fields actual = wire_fields(alert);
  ASSERT_TRUE(wait_until([&] { return stat_field(child.pid(), 3) == "S"; }));
  Fields expected = ordinary_header(actual, "unshare", child.pid(), SYS_unshare, since_);
  expected.merge(where_is("unshare", child.pid()));
  expected["unshare.flags"] = std::to_string(static_cast<unsigned>(kAll));
  expect_fields(actual, expected);
  EXPECT_NE(std::to_string(namespace_of(getpid(), "net")), actual.at("unshare.net_namespace"));
  expect_process(alert, "unshare");
}

TEST_F(Namespace, EveryWireFieldOfSetns) {
  Child target(leave_all);
  target.go();
  sensor().next_alert("unshare", target.pid());
  ASSERT_TRUE(wait_until([&] { return stat_field(target.pid(), 3) == "S"; }));
  Shared descriptor;
  Child child([&] {
    const int process = static_cast<int>(syscall(SYS_pidfd_open, target.pid(), 0));
    descriptor.set(process);
    return setns(process, CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWCGROUP) != 0 ? 1 : pause();
  });
  child.go();
  const Json alert = sensor().next_alert("setns", child.pid());
  const Fields actual = wire_fields(alert);
  Fields expected = ordinary_header(actual, "setns", child.pid(), SYS_setns, since_);
  expected.merge(where_is("setns", child.pid()));
  expected["setns.flags"] = std::to_string(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWCGROUP);
  expected["setns.descriptor"] = std::to_string(descriptor.get());
  expect_fields(actual, expected);
  EXPECT_EQ(std::to_string(namespace_of(target.pid(), "net")), actual.at("setns.net_namespace"));
  EXPECT_EQ(std::to_string(namespace_of(getpid(), "pid")), actual.at("setns.pid_namespace"));
  expect_process(alert, "setns");
}

TEST_F(Namespace, RefusalsAreTold) {
  const CallWay ways[] = {{"setns",
                           false,
                           [] { return setns(-1, 0) == 0; },
                           {{"header.error", "-9"}, {"setns.descriptor", "-1"}, {"setns.flags", "0"}}}};
  expect_ways(sensor(), "setns", ways);
}

TEST_F(Namespace, CallsAreTold) {
  const std::string own = "/proc/self/ns/net";
  const CallWay joins[] = {
    {"setns", false, [&] { return setns(open(own.c_str(), O_RDONLY), 0); }, {{"setns.flags", "0"}}},
#if defined(__x86_64__)
    {"setns",
     true,
     [&] { return static_cast<int>(compat_call(346, open(own.c_str(), O_RDONLY), CLONE_NEWNET)); },
     {{"setns.flags", std::to_string(CLONE_NEWNET)}}},
#endif
  };
  expect_ways(sensor(), "setns", joins);
  const CallWay leaves[] = {
    {"unshare", false, [] { return unshare(CLONE_FS); }, {{"unshare.flags", std::to_string(CLONE_FS)}}},
#if defined(__x86_64__)
    {"unshare",
     true,
     [] { return static_cast<int>(compat_call(310, CLONE_NEWUTS)); },
     {{"unshare.flags", std::to_string(CLONE_NEWUTS)}}},
#endif
  };
  expect_ways(sensor(), "unshare", leaves);
}

int become_user() { return setresgid(4302, 4302, 4302) != 0 || setresuid(4301, 4301, 4301) != 0; }

TEST_F(Namespace, EveryWireFieldOfAUserNamespace) {
  Child child([] { return become_user() != 0 || unshare(CLONE_NEWUSER) != 0 ? 1 : pause(); });
  child.go();
  const Fields actual = wire_fields(sensor().next_alert("userns", child.pid()));
  ASSERT_TRUE(wait_until([&] { return stat_field(child.pid(), 3) == "S"; }));
  Fields expected = ordinary_header(actual, "userns", child.pid(), SYS_unshare, since_);
  expected["header.uid"] = "4301";  // /proc tells what the guest's root sees
  expected["header.gid"] = "4302";
  expected.insert({{"userns.owner_uid", "4301"},
                   {"userns.owner_gid", "4302"},
                   {"userns.parent", std::to_string(namespace_of(getpid(), "user"))},
                   {"userns.level", "1"}});
  expect_fields(actual, expected);
}

// In a new user namespace: the own ids become those of its root. Whoever has no id there cannot make one inside it.
void map_ids() {
  prctl(PR_SET_DUMPABLE, 1);  // or the files below belong to root, since the process changed its user
  write_file("/proc/self/uid_map", "0 4301 1");
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/gid_map", "0 4302 1");
}

// One inside the other, by clone: made before there is a process to be in it.
TEST_F(Namespace, UserNamespaceWithinAnother) {
  Child child([] {
    if (become_user() != 0 || unshare(CLONE_NEWUSER) != 0) return 1;
    map_ids();
    const long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) _exit(0);
    int status = 1;
    return pid > 0 && waitpid(static_cast<pid_t>(pid), &status, 0) == pid && status == 0 ? pause() : 1;
  });
  child.go();
  EXPECT_EQ("1", wire_fields(sensor().next_alert("userns", child.pid())).at("userns.level"));
  const Json alert = sensor().next_alert("userns", child.pid());
  const Fields inner = wire_fields(alert);
  EXPECT_EQ("2", inner.at("userns.level"));
  EXPECT_EQ(std::to_string(namespace_of(child.pid(), "user")), inner.at("userns.parent"));
  EXPECT_EQ("userns_create", alert.at("event").at("type"));
}

}  // namespace
}  // namespace picket::test
