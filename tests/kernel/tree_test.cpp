// SPDX-License-Identifier: Apache-2.0
//
// The process tree: who is whose parent, across fork and exec, before the sensor came and while it was coming.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/kernel.h"
#include "tests/kernel/support/shared.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

constexpr const char* kRule = R"(
- rule: exec
  desc: The helper.
  condition: evt.type = execve and proc.name = kernel_helper and exec.argv contains marked-by-tree-test
  output: "name=%proc.name\nparent=%proc.pname\nppid=%proc.ppid\ngrandparent=%proc.aname[2]\ngreat=%proc.aname[3]\npexepath=%proc.pexepath\npcmdline=%proc.pcmdline\nuser=%user.name\nloginuid=%user.loginuid"
  priority: DEBUG
- rule: exit
  desc: The end of a process that was there before.
  condition: evt.type = procexit and proc.cmdline contains marked-by-tree-test
  output: "name=%proc.name\nexepath=%proc.exepath\ncmdline=%proc.cmdline\ncwd=%proc.cwd\nparent=%proc.pname\nppid=%proc.ppid\nuser=%user.name"
  priority: DEBUG
)";

const std::string kMark = "marked-by-tree-test";

class Tree : public testing::Test {
 protected:
  // Shells under different names, so that every level of a tree can be told. Whatever is called busybox-something
  // still takes its applet from the first argument.
  void SetUp() override {
    for (const char* name : {"busybox-outer", "busybox-inner"}) copy_file("/bin/busybox", directory_ / name);
  }

  // Becomes the outer shell, which starts the inner one, which runs the commands. The last command of a shell would
  // replace it; `exit` keeps it.
  int become_shells(const std::string& commands) const {
    return execute(outer_, {"busybox-outer", "sh", "-c", inner_ + " sh -c '" + commands + "; exit 0'; exit 0"});
  }

  Directory directory_;
  const std::string outer_ = directory_ / "busybox-outer";
  const std::string inner_ = directory_ / "busybox-inner";
  const std::string helper_ = helper_binary() + " exit 0 " + kMark;
};

TEST_F(Tree, ParentsAndGrandparents) {
  Sensor sensor({.rules = kRule});
  Child outer([&] { return become_shells(helper_); });
  EXPECT_EQ(0, outer.wait());

  const Fields fields = wire_fields(sensor.next_alert("exec"));
  EXPECT_EQ("kernel_helper", fields.at("name"));
  EXPECT_EQ("busybox-inner", fields.at("parent"));
  EXPECT_EQ(inner_, fields.at("pexepath"));
  EXPECT_EQ("busybox-outer", fields.at("grandparent"));
  EXPECT_EQ("picket_kernel_t", fields.at("great"));
  EXPECT_EQ("root", fields.at("user"));
}

// The same when all of them were there before the sensor: the start-up snapshot.
TEST_F(Tree, RunningBeforeTheSensor) {
  const std::string fifo = directory_ / "go";
  ASSERT_EQ(0, mkfifo(fifo.c_str(), 0600));
  Child outer([&] { return become_shells("read line <" + fifo + "; " + helper_); });
  outer.go();
  Child bystander([&] {
    return chdir(directory_.path().c_str()) == 0 ? execute(helper_binary(), {"helper", "wait", kMark}) : 1;
  });
  bystander.go();
  ASSERT_TRUE(
      wait_until([&] { return read_file("/proc/" + std::to_string(bystander.pid()) + "/comm") == "kernel_helper\n"; }));

  Sensor sensor({.rules = kRule});
  write_file(fifo, "\n");
  EXPECT_EQ(0, outer.wait());
  const Fields fields = wire_fields(sensor.next_alert("exec"));
  EXPECT_EQ("busybox-inner", fields.at("parent"));
  EXPECT_EQ(inner_, fields.at("pexepath"));
  EXPECT_NE(std::string::npos, fields.at("pcmdline").find(kMark)) << fields.at("pcmdline");
  EXPECT_EQ("busybox-outer", fields.at("grandparent"));
  EXPECT_EQ("picket_kernel_t", fields.at("great"));

  bystander.end();
  const Fields expected = {
      {"name", "kernel_helper"},  {"exepath", helper_binary()},  {"cmdline", "kernel_helper wait " + kMark},
      {"cwd", directory_.path()}, {"parent", "picket_kernel_t"}, {"ppid", std::to_string(getpid())},
      {"user", "root"},
  };
  EXPECT_EQ(expected, wire_fields(sensor.next_alert("exit", bystander.pid())));
}

// Falco's proc.pname after the parent's exec is the parent's new name; after its death the child has a new parent.
TEST_F(Tree, ParentExecutesAnotherProgram) {
  Sensor sensor({.rules = kRule});
  Child parent([&] {
    if (fork() == 0) {
      // The new name shows before the exec is over; that it sleeps shows that the new program runs.
      wait_until([] {
        return read_file("/proc/" + std::to_string(getppid()) + "/comm") == "busybox-inner\n" &&
               stat_field(getppid(), 3) == "S";
      });
      _exit(execute(helper_binary(), {"helper", "exit", "0", kMark}));
    }
    return execute(inner_, {"busybox-inner", "sleep", "1000"});
  });
  parent.go();
  const Fields fields = wire_fields(sensor.next_alert("exec"));
  EXPECT_EQ("busybox-inner", fields.at("parent"));
  EXPECT_EQ(std::to_string(parent.pid()), fields.at("ppid"));
  parent.end();
}

// Processes come and go all through the start-up; none that is there afterwards may be unknown. From 7.0 on the kernel
// may skip a program (sensor/kernel/kernel.cpp, calls_refused): what is wrong then must have been counted.
TEST_F(Tree, StartUpWithoutAGap) {
  constexpr int kChildren = 400;
  std::vector<pid_t> pids;
  std::atomic<bool> ready = false;

  // Makes children that wait and then execute the helper, one after another, before, during and after the start-up.
  const std::string fifo = directory_ / "go";
  ASSERT_EQ(0, mkfifo(fifo.c_str(), 0600));
  std::thread forker([&] {
    for (int i = 0; i < kChildren && !(ready && i > 100); ++i) {
      const pid_t pid = fork();
      if (pid == 0) {
        const int go = open(fifo.c_str(), O_RDONLY);  // until a writer comes
        _exit(go < 0 ? 1 : execute(inner_, {"busybox-inner", "sh", "-c", helper_ + "; exit 0"}));
      }
      pids.push_back(pid);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  });
  Sensor sensor({.rules = kRule});
  ready = true;
  forker.join();
  ASSERT_GT(pids.size(), 100u);

  const int writer = open(fifo.c_str(), O_RDWR);
  for (const pid_t pid : pids) {
    int status = 0;
    waitpid(pid, &status, 0);
    EXPECT_EQ(0, status) << pid;
  }
  close(writer);
  EXPECT_EQ(0, sensor.stop());

  std::map<std::string, Fields> by_parent;
  for (const Json& alert : sensor.alerts()) {
    const Fields fields = wire_fields(alert);
    if (rule_of(alert) == "exec") by_parent[fields.at("ppid")] = fields;
  }
  std::uint64_t wrong = 0;
  for (const pid_t pid : pids) {
    const Fields& fields = by_parent[std::to_string(pid)];
    const bool right = fields.contains("parent") && fields.at("parent") == "busybox-inner" &&
                       fields.at("grandparent") == "picket_kernel_t";
    wrong += !right;
  }
  const bool may_skip = kernel_release() >= KernelRelease{7, 0};
  EXPECT_LE(wrong, may_skip ? sensor.lost() : 0) << sensor.log();
}

}  // namespace
}  // namespace picket::test
