// SPDX-License-Identifier: Apache-2.0
//
// fork and exit: every wire field; threads are not events.
#include <gtest/gtest.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/shared.h"
#include "tests/kernel/support/suite.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

class ForkExit : public SharedSensor<ForkExit> {
 public:
  static std::string rules() {
    return wire_rule("fork", "fork", "evt.type in (fork, vfork, clone, clone3)") +
           wire_rule("exit", "exit", "evt.type = procexit");
  }

 protected:
  // What was said of all that happened so far.
  const std::vector<Json>& everything_said() {
    Child last([] { return 0; });
    last.wait();
    sensor().next_alert("exit", last.pid());
    return sensor().alerts();
  }
};

// The clone call itself, without the C library's wrapper: 0 in the child.
long raw_clone(unsigned long flags) { return syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0); }

[[noreturn]] void stay() {
  for (;;) pause();
}

// Fork's part of a record, from /proc.
Fields fork_facts(pid_t pid) {
  const auto in_namespace = [&](const char* name) { return std::to_string(namespace_of(pid, name)); };
  return {
      {"fork.pid_namespace", in_namespace("pid")},       {"fork.mount_namespace", in_namespace("mnt")},
      {"fork.net_namespace", in_namespace("net")},       {"fork.user_namespace", in_namespace("user")},
      {"fork.cgroup_namespace", in_namespace("cgroup")},
  };
}

TEST_F(ForkExit, EveryWireFieldOfAFork) {
  Shared child_pid;
  Child parent([&] {
    if (setresuid(1001, 1002, 1002) != 0) return 1;
    const long pid = raw_clone(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWCGROUP);
    if (pid == 0) stay();
    child_pid.set(pid);
    stay();
  });
  const std::uint64_t before = boot_clock();
  parent.go();
  const auto pid = static_cast<pid_t>(child_pid.get());
  ASSERT_GT(pid, 0);

  const Fields actual = wire_fields(sensor().next_alert("fork", pid));
  Fields expected = ordinary_header(actual, "fork", pid, SYS_clone, before);
  expected.merge(fork_facts(pid));
  expected["header.tid"] = std::to_string(parent.pid());
  expected["header.uid"] = "1002";
  expected["header.gid"] = "0";
  expected["fork.creator"] = expected["fork.parent"] = key_of(parent.pid());
  expected["fork.vpid"] = "1";
  const std::uint64_t start = std::stoull("0" + actual.at("fork.start_time"));
  EXPECT_EQ(stat_field(pid, 22), std::to_string(start / 10'000'000));
  EXPECT_GE(start, before);
  expected["fork.start_time"] = actual.at("fork.start_time");

  EXPECT_NE(namespace_of(getpid(), "pid"), namespace_of(pid, "pid"));
  EXPECT_NE(namespace_of(getpid(), "user"), namespace_of(pid, "user"));
  expect_fields(actual, expected);
  kill(pid, SIGKILL);
}

struct Call {
  const char* name;
  long number;
  std::function<pid_t()> fork;
};

// The child shares our memory and our stack: it must end here.
pid_t fork_by_vfork() {
  const pid_t pid = vfork();
  if (pid == 0) _exit(0);
  return pid;
}

pid_t fork_by_clone3() {
  clone_args arguments{};
  arguments.exit_signal = SIGCHLD;
  return static_cast<pid_t>(syscall(SYS_clone3, &arguments, sizeof arguments));
}

const Call kCalls[] = {
    {"fork", SYS_fork, [] { return static_cast<pid_t>(syscall(SYS_fork)); }},
    {"vfork", SYS_vfork, fork_by_vfork},
    {"clone", SYS_clone, [] { return static_cast<pid_t>(raw_clone(0)); }},
    {"clone3", SYS_clone3, fork_by_clone3},
};

TEST_F(ForkExit, ForkByEveryCall) {
  for (const Call& call : kCalls) {
    Shared child_pid;
    Child parent([&] {
      const pid_t pid = call.fork();
      if (pid == 0) _exit(0);
      child_pid.set(pid);
      return waitpid(pid, nullptr, 0) == pid ? 0 : 1;
    });
    const std::string parent_key = key_of(parent.pid());
    EXPECT_EQ(0, parent.wait()) << call.name;
    const Json alert = sensor().next_alert("fork", static_cast<pid_t>(child_pid.get()));
    ASSERT_FALSE(alert.is_null());
    EXPECT_EQ(call.name, alert.at("event").at("type"));
    const Fields fields = wire_fields(alert);
    EXPECT_EQ(std::to_string(call.number), fields.at("header.syscall"));
    EXPECT_EQ(parent_key, fields.at("fork.parent"));
  }
}

// CLONE_PARENT: the new process is a sibling of the one that made it.
TEST_F(ForkExit, ForkOfASibling) {
  Shared sibling;
  Child child([&] {
    const long pid = raw_clone(CLONE_PARENT);
    if (pid == 0) stay();
    sibling.set(pid);
    return 0;
  });
  child.go();
  const auto pid = static_cast<pid_t>(sibling.get());
  const Fields fields = wire_fields(sensor().next_alert("fork", pid));
  EXPECT_EQ(key_of(getpid()), fields.at("fork.parent"));
  EXPECT_EQ(key_of(child.pid()), fields.at("fork.creator"));
  EXPECT_EQ(std::to_string(child.pid()), fields.at("header.tid"));
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
}

TEST_F(ForkExit, ThreadsAreNoEvents) {
  Child child([] {
    for (int i = 0; i < 5; ++i) std::thread([] {}).join();
    return 0;
  });
  const std::string key = key_of(child.pid());
  ASSERT_EQ(0, child.wait());
  sensor().next_alert("exit", child.pid());

  std::multiset<std::string> events;
  for (const Json& alert : everything_said()) {
    const Fields fields = wire_fields(alert);
    if (fields.at("header.process") == key) events.insert(rule_of(alert));
    if (rule_of(alert) == "fork") {
      EXPECT_NE(key, fields.at("fork.parent"));
    }
  }
  EXPECT_EQ((std::multiset<std::string>{"exit", "fork"}), events);
}

TEST_F(ForkExit, EveryWireFieldOfAnExit) {
  const std::uint64_t before = boot_clock();
  Child child([] { return setresuid(1001, 1002, 1002) == 0 ? 42 : 1; });
  child.go();
  siginfo_t info{};
  ASSERT_EQ(0, waitid(P_PID, static_cast<id_t>(child.pid()), &info, WEXITED | WNOWAIT));  // /proc/PID stays for now

  const Fields actual = wire_fields(sensor().next_alert("exit", child.pid()));
  Fields expected = ordinary_header(actual, "exit", child.pid(), SYS_exit_group, before);
  expected["header.uid"] = "1002";
  expected["header.gid"] = "0";
  expected["header.cgroup"] = std::to_string(cgroup_of(getpid()));
  expected["exit.status"] = std::to_string(42 << 8);
  expect_fields(actual, expected);
}

TEST_F(ForkExit, StatusIsThatOfWait) {
  Directory directory;
  const std::pair<const char*, std::function<int()>> endings[] = {
      {"code 0", [] { return 0; }},
      {"code 255", [] { return 255; }},
      {"killed", [] { return raise(SIGKILL); }},
      {"terminated", [] { return raise(SIGTERM); }},
      {"core dump",
       [&] {
         const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY};
         setrlimit(RLIMIT_CORE, &unlimited);
         return chdir(directory.path().c_str()) == 0 ? raise(SIGSEGV) : 1;
       }},
  };
  for (const auto& [name, act] : endings) {
    Child child(act);
    const int status = child.wait();
    const Fields fields = wire_fields(sensor().next_alert("exit", child.pid()));
    EXPECT_EQ(std::to_string(status), fields.at("exit.status")) << name;
  }
}

// The process ends with its last thread, whichever that is.
TEST_F(ForkExit, LeaderGoesFirst) {
  Shared last_thread;
  Child child([&] {
    std::thread([&] {
      wait_until([] { return stat_field(getpid(), 3) == "Z"; });  // the leader is gone
      last_thread.set(gettid());
      syscall(SYS_exit_group, 9);
    }).detach();
    syscall(SYS_exit, 0);
    return 1;
  });
  EXPECT_EQ(9 << 8, child.wait());
  const Fields fields = wire_fields(sensor().next_alert("exit", child.pid()));
  EXPECT_EQ(std::to_string(9 << 8), fields.at("exit.status"));
  EXPECT_EQ(std::to_string(last_thread.get()), fields.at("header.tid"));
  int exits = 0;
  for (const Json& alert : everything_said()) exits += rule_of(alert) == "exit" && pid_of(alert) == child.pid();
  EXPECT_EQ(1, exits);
}

}  // namespace
}  // namespace picket::test
