// SPDX-License-Identifier: Apache-2.0
//
// The way of records from the programs to the rules: many rings, one order, and a ring for what must not be lost.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/sensor.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

constexpr const char* kRules = R"(
- rule: open
  desc: Marked files.
  condition: open.path endswith marked-by-transport-test
  output: "time=%header.time\ncpu=%header.cpu\npath=%open.path"
  priority: DEBUG
- rule: exit
  desc: Marked ends.
  condition: exit.status = 10752
  output: "time=%header.time"
  priority: DEBUG
)";

constexpr int kMarkedExit = 42;  // 10752 >> 8

// A ring that is full of opens while processes come and go: the opens are lost, no process is.
TEST(Transport, AFloodOfFilesLeavesTheLivesOfProcessesAlone) {
  constexpr int kProcesses = 60, kOpens = 4000;
  Directory directory;
  const std::string file = directory / "marked-by-transport-test";
  write_file(file, "");
  Sensor sensor({.rules = kRules, .arguments = {"--ring-bytes", "262144"}});
  kill(sensor.pid(), SIGSTOP);
  for (int i = 0; i < kOpens; ++i) {
    close(open(file.c_str(), O_RDONLY));
    if (i % (kOpens / kProcesses) != 0) continue;
    const pid_t pid = fork();
    if (pid == 0) _exit(kMarkedExit);
    waitpid(pid, nullptr, 0);
  }
  kill(sensor.pid(), SIGCONT);
  EXPECT_EQ(0, sensor.stop()) << sensor.log();

  int exits = 0;
  std::map<int, std::uint64_t> lost;
  for (const Json& line : sensor.alerts()) {
    if (line.at("schema") == "picket.alert.v1") {
      exits += line.at("rule") == "exit";
      continue;
    }
    const Json& loss = line.at("event").at("loss");
    lost[loss.at("lost_kind")] += loss.at("count").get<std::uint64_t>();
    EXPECT_LE(loss.at("since").get<std::uint64_t>(), loss.at("until").get<std::uint64_t>());
  }
  EXPECT_GE(exits, kProcesses);
  EXPECT_GT(lost[4], 0u) << "the ring of opens was not full: this test shows nothing";
  for (const auto& [kind, count] : lost) EXPECT_EQ(4, kind) << count << " lost";
}

void run_on(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  ASSERT_EQ(0, sched_setaffinity(0, sizeof set, &set));
}

// One process on one CPU after the other, each with a ring of its own: what it did comes in the order in which it did.
TEST(Transport, EventsOfOneProcessKeepTheirOrderAcrossCpus) {
  const int cpus = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  ASSERT_GE(cpus, 2);
  constexpr int kSteps = 600;
  Directory directory;
  Sensor sensor({.rules = kRules, .arguments = {"--ring-cpus", "1"}});
  Child child([&] {
    for (int step = 0; step < kSteps; ++step) {
      run_on(step % cpus);
      const std::string file = directory / (std::to_string(step) + "-marked-by-transport-test");
      close(open(file.c_str(), O_WRONLY | O_CREAT, 0600));
      if (step % 20 == 0) usleep(10'000);  // so that the sensor looks in between
    }
    return 0;
  });
  EXPECT_EQ(0, child.wait());
  EXPECT_EQ(0, sensor.stop());

  int next = 0;
  std::uint64_t newest = 0;
  std::map<std::string, int> by_cpu;
  for (const Json& alert : sensor.alerts()) {
    if (rule_of(alert) != "open") continue;
    const Fields fields = wire_fields(alert);
    const std::uint64_t time = std::stoull(fields.at("time"));
    EXPECT_GE(time, newest);
    newest = time;
    EXPECT_EQ(directory / (std::to_string(next++) + "-marked-by-transport-test"), fields.at("path"));
    ++by_cpu[fields.at("cpu")];
  }
  EXPECT_EQ(kSteps, next);
  EXPECT_EQ(static_cast<std::size_t>(cpus), by_cpu.size());
  EXPECT_EQ(std::string::npos, sensor.log().find("after younger ones")) << sensor.log();
}

// A process and its child on different CPUs: the fork is there before what the child does.
TEST(Transport, AForkComesBeforeTheChild) {
  Directory directory;
  const std::string file = directory / "marked-by-transport-test";
  write_file(file, "");
  Sensor sensor({.rules = kRules, .arguments = {"--ring-cpus", "1"}});
  for (int i = 0; i < 100; ++i) {
    const pid_t pid = fork();
    if (pid == 0) {
      run_on(i % 2);
      close(open(file.c_str(), O_RDONLY));
      _exit(0);
    }
    waitpid(pid, nullptr, 0);
  }
  EXPECT_EQ(0, sensor.stop());
  int opens = 0;
  for (const Json& alert : sensor.alerts()) {
    if (rule_of(alert) != "open") continue;
    ++opens;
    EXPECT_TRUE(alert.at("process").at("known")) << alert;
  }
  EXPECT_EQ(100, opens);
}

// Nothing else happens: it is the sensor's own clock that brings it.
TEST(Transport, ALoneEventIsNotKeptWaiting) {
  Directory directory;
  const std::string file = directory / "marked-by-transport-test";
  Sensor sensor({.rules = kRules});
  Child child([&] { return close(open(file.c_str(), O_WRONLY | O_CREAT, 0600)); });
  EXPECT_EQ(0, child.wait());
  sensor.next_alert("open", child.pid(), std::chrono::milliseconds(2000));
}

}  // namespace
}  // namespace picket::test
