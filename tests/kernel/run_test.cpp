// SPDX-License-Identifier: Apache-2.0
//
// `picket run` as a program: how it starts, what it attaches, how it ends.
#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/kernel.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

constexpr const char* kExecRule = R"(
- rule: exec
  desc: The helper.
  condition: evt.type = execve and exec.argv contains marked-by-run-test
  output: "ran %proc.cmdline"
  priority: DEBUG
)";

constexpr const char* kOpenRule = R"(
- rule: open
  desc: Marked files.
  condition: open.path endswith marked-by-run-test
  output: "opened %fd.name"
  priority: DEBUG
)";

int run_marked_helper() { return execute(helper_binary(), {"helper", "exit", "0", "marked-by-run-test"}); }

// What is still in the ring when the signal comes is written, too.
TEST(Run, EndsWith0AndLosesNothing) {
  constexpr int kAlerts = 50;
  Sensor sensor({.rules = kExecRule});
  for (int i = 0; i < kAlerts; ++i) {
    Child child(run_marked_helper);
    EXPECT_EQ(0, child.wait());
  }
  EXPECT_EQ(0, sensor.stop()) << sensor.log();
  EXPECT_EQ(kAlerts, sensor.alerts().size());
  EXPECT_NE(std::string::npos, sensor.log().find(" 0 lost, 0 malformed")) << sensor.log();
}

// A ring that nobody reads fills up. What did not fit is counted, by kind, and said in an event of its own.
TEST(Run, LossIsCountedAndSaid) {
  constexpr std::uint64_t kOpens = 5000;
  Directory directory;
  const std::string file = directory / "marked-by-run-test";
  write_file(file, "");
  Sensor sensor({.rules = kOpenRule, .arguments = {"--ring-bytes", "262144"}});
  kill(sensor.pid(), SIGSTOP);
  const std::uint64_t before = boot_clock();
  for (std::uint64_t i = 0; i < kOpens; ++i) close(open(file.c_str(), O_RDONLY));
  kill(sensor.pid(), SIGCONT);
  EXPECT_EQ(0, sensor.stop()) << sensor.log();

  std::uint64_t seen = 0, lost = 0;
  for (const Json& line : sensor.alerts()) {
    if (line.at("schema") == "picket.alert.v1") {
      ++seen;
      continue;
    }
    const Json& loss = line.at("event").at("loss");
    EXPECT_EQ("picket.event.v1", line.at("schema"));
    EXPECT_EQ("loss", line.at("event").at("kind"));
    EXPECT_LE(loss.at("since").get<std::uint64_t>(), loss.at("until").get<std::uint64_t>());
    EXPECT_GE(loss.at("since").get<std::uint64_t>(), before) << "nothing was lost so early";
    if (loss.at("lost_kind") == 4) lost += loss.at("count").get<std::uint64_t>();  // open
  }
  EXPECT_GT(seen, 0u);
  EXPECT_GT(lost, 0u);
  EXPECT_GE(seen + lost, kOpens) << "neither reported nor counted";
  every_field_was_checked("loss");
  EXPECT_NE(std::string::npos, sensor.log().find("open events: the ring buffer was full")) << sensor.log();
}

TEST(Run, EndsOnInterrupt) {
  Sensor sensor({.rules = kExecRule});
  kill(sensor.pid(), SIGINT);
  EXPECT_EQ(0, sensor.wait_for_end()) << sensor.log();
}

// What the sensor's links are attached to, by what the kernel says about its descriptors: names of tracepoints, "lsm"
// for each LSM hook, "fexit" for each end of a function.
std::multiset<std::string> attachments(pid_t sensor) {
  const std::string lsm = "27";    // BPF_LSM_MAC
  const std::string fexit = "25";  // BPF_TRACE_FEXIT
  std::multiset<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(sensor) + "/fdinfo")) {
    std::istringstream info(read_file(entry.path()));
    for (std::string key, value; info >> key && std::getline(info >> std::ws, value);) {
      if (key == "tp_name:") found.insert(value);
      if (key == "attach_type:" && value == lsm) found.insert("lsm");
      if (key == "attach_type:" && value == fexit) found.insert("fexit");
    }
  }
  return found;
}

TEST(Run, AttachesOnlyWhatRulesNeed) {
  // The process tree and the containers always need these.
  std::multiset<std::string> expected = {"sched_process_exec", "sched_process_exec", "sched_process_exit",
                                         "sched_process_fork", "cgroup_mkdir",       "cgroup_mkdir",
                                         "cgroup_rmdir"};
  {
    Sensor sensor({.rules = kExecRule});
    EXPECT_EQ(expected, attachments(sensor.pid()));
  }
  expected.insert(runs_bpf_lsm() ? "lsm" : "fexit");
  {
    Sensor sensor({.rules = std::string(kExecRule) + kOpenRule});
    EXPECT_EQ(expected, attachments(sensor.pid()));
  }
  if (!runs_bpf_lsm()) return;
  const std::string create = "- rule: c\n  desc: d\n  condition: create.path = /x\n  output: o\n  priority: INFO\n";
  expected.insert("lsm");
  {
    Sensor sensor({.rules = std::string(kExecRule) + kOpenRule +
                            "- rule: denies\n  desc: d\n  condition: evt.type in (execve, execveat) and proc.name = "
                            "nobody\n  output: o\n  priority: INFO\n  action: deny\n"});
    EXPECT_EQ(expected, attachments(sensor.pid()));
  }
  {
    Sensor sensor({.rules = std::string(kExecRule) + kOpenRule + create});
    EXPECT_EQ(expected, attachments(sensor.pid()));
  }
  expected.insert({"lsm", "fexit"});  // a file that is not made is refused by one program and told by another
  Sensor sensor({.rules = std::string(kExecRule) + kOpenRule + create + "  action: deny\n"});
  EXPECT_EQ(expected, attachments(sensor.pid()));
}

// The ends of calls, for the operations of rules that ask how they ended, and failed opens when a rule wants them.
TEST(Run, AttachesTheEndsOfCallsOnlyWhenOutcomesAreAskedFor) {
  // Where hooks are at the ends of functions, too, one is that of the operation itself.
  const auto ends = [](const std::string& condition, std::size_t hooks = runs_bpf_lsm() ? 0 : 1) {
    Sensor sensor({.rules = "- {rule: r, desc: d, output: o, priority: DEBUG, condition: '" + condition + "'}"});
    return attachments(sensor.pid()).count("fexit") - hooks;
  };
  EXPECT_EQ(0u, ends("evt.type = connect"));
  EXPECT_EQ(3u, ends("evt.type = connect and evt.res = ECONNREFUSED"));  // connect, its 32-bit twin, socketcall
  const auto opens = ends("open.path = /x and evt.rawres >= 0");
  EXPECT_EQ(10u, opens);  // five calls and their 32-bit twins
  EXPECT_EQ(opens + 1, ends("evt.type = openat and evt.failed = true"));
  EXPECT_EQ(0u, ends("evt.type = execve and evt.failed = false", 0));  // a tracepoint
}

TEST(Run, WithoutThePermission) {
  SensorOptions options{.rules = kExecRule, .wait_until_ready = false};
  options.uid = 65534;
  Sensor sensor(options);
  EXPECT_EQ(4, sensor.wait_for_end()) << sensor.log();
  EXPECT_NE(std::string::npos, sensor.log().find("permi")) << sensor.log();
}

// Several sensors at once do not see less.
TEST(Run, TwoAtOnce) {
  Sensor first({.rules = kExecRule});
  Sensor second({.rules = kExecRule});
  Child child(run_marked_helper);
  EXPECT_EQ(0, child.wait());
  first.next_alert("exec", child.pid());
  second.next_alert("exec", child.pid());
}

// ---- outputs ----

TEST(Run, OutputFileOnAFullDisk) {
  Directory directory;
  ASSERT_EQ(0, mount("none", directory.path().c_str(), "tmpfs", 0, "size=16k"));
  {
    Sensor sensor({.rules = kExecRule, .arguments = {"--file", directory / "alerts.json"}});
    for (int i = 0; i < 60; ++i) {
      Child child(run_marked_helper);
      EXPECT_EQ(0, child.wait());
      sensor.next_alert("exec", child.pid());  // the other output goes on
    }
    EXPECT_EQ(0, sensor.stop());
    EXPECT_NE(std::string::npos, sensor.log().find("alerts.json")) << sensor.log();

    // What was written is whole lines.
    const std::string text = read_file(directory / "alerts.json");
    EXPECT_FALSE(text.empty());
    std::istringstream lines(text.substr(0, text.rfind('\n') + 1));
    for (std::string line; std::getline(lines, line);) EXPECT_TRUE(Json::accept(line)) << line;
  }
  umount2(directory.path().c_str(), MNT_DETACH);
}

TEST(Run, ReaderGoesAway) {
  Directory directory;
  const std::string pipe = directory / "pipe";
  ASSERT_EQ(0, mkfifo(pipe.c_str(), 0600));
  const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  Sensor sensor({.rules = kExecRule, .standard_output = pipe});
  close(reader);
  Child child(run_marked_helper);
  EXPECT_EQ(0, child.wait());
  usleep(200'000);
  EXPECT_EQ(0, sensor.stop()) << sensor.log();
}

TEST(Run, OutputFileThatCannotBeOpened) {
  Sensor sensor({.rules = kExecRule, .arguments = {"--file", "/proc/nowhere/alerts.json"}, .wait_until_ready = false});
  EXPECT_EQ(1, sensor.wait_for_end()) << sensor.log();
  EXPECT_NE(std::string::npos, sensor.log().find("/proc/nowhere/alerts.json")) << sensor.log();
}

// ---- rules ----

TEST(Run, RulesInError) {
  Sensor sensor({.rules = "- rule: x\n  condition: no.such.field = 1\n  output: x\n  priority: INFO\n  desc: x\n",
                 .wait_until_ready = false});
  EXPECT_EQ(3, sensor.wait_for_end()) << sensor.log();
  EXPECT_NE(std::string::npos, sensor.log().find("rules.yaml:2:")) << sensor.log();
  EXPECT_NE(std::string::npos, sensor.log().find("no.such.field")) << sensor.log();
}

}  // namespace
}  // namespace picket::test
