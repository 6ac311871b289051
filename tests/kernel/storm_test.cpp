// SPDX-License-Identifier: Apache-2.0
//
// A storm of processes: two at a time fork, execute and exit as fast as they can. Afterwards the tree is exact, nothing
// is lost, and the sensor is no bigger than before.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <sstream>
#include <vector>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/kernel.h"
#include "tests/kernel/support/scale.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

// The probe is an exec and not an open, so that the storm can be had without BPF LSM, too.
constexpr const char* kRule = R"(
- rule: probe
  desc: The last of a chain.
  condition: evt.type = execve and proc.name = kernel_helper and exec.argv contains marked-by-storm-test
  output: "parent=%proc.pname\nppid=%proc.ppid\nname2=%proc.aname[2]\npid2=%proc.apid[2]\nname3=%proc.aname[3]\npid3=%proc.apid[3]"
  priority: DEBUG
)";

constexpr int kStorms = 2;  // at a time

// The processes that are made: 200,000 by `make stress`. The guests of `make test` share two cores, so that less has to
// do there.
long processes() { return scaled("processes", kernel_release() == KernelRelease{6, 12} ? 30'000 : 20'000); }

// The sensor's resident memory, KiB.
long resident(const Sensor& sensor) {
  std::istringstream status(read_file("/proc/" + std::to_string(sensor.pid()) + "/status"));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::atol(line.c_str() + sizeof("VmRSS:"));
  }
  return 0;
}

void storm(long count) {
  std::vector<std::unique_ptr<Child>> storms;
  for (int i = 0; i < kStorms; ++i) {
    storms.push_back(std::make_unique<Child>([&] {
      return execute(helper_binary(), {"storm", "storm", std::to_string(count / kStorms), helper_binary()});
    }));
    storms.back()->go();
  }
  for (auto& each : storms) EXPECT_EQ(0, each->wait());
}

// Two shells of different names, the inner one a child of the outer one, which live through the storm and then execute
// the helper.
class Storm : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"busybox-outer", "busybox-inner"}) copy_file("/bin/busybox", directory_ / name);
    ASSERT_EQ(0, mkfifo(go_.c_str(), 0600));
  }

  int become_shells() const {
    const std::string commands = "read line <" + go_ + "; " + helper_binary() + " exit 0 marked-by-storm-test; exit 0";
    return execute(directory_ / "busybox-outer",
                   {"busybox-outer", "sh", "-c", directory_ / "busybox-inner" + " sh -c '" + commands + "'; exit 0"});
  }

  // The chain that the probe's alert has to show.
  void expect_chain(Sensor& sensor, pid_t outer) const {
    const Fields fields = wire_fields(sensor.next_alert("probe"));
    EXPECT_EQ("busybox-inner", fields.at("parent"));
    EXPECT_EQ("busybox-outer", fields.at("name2"));
    EXPECT_EQ(std::to_string(outer), fields.at("pid2"));
    EXPECT_EQ("picket_kernel_t", fields.at("name3"));
    EXPECT_EQ(std::to_string(getpid()), fields.at("pid3"));
  }

  Directory directory_;
  const std::string go_ = directory_ / "go";
};

TEST_F(Storm, LeavesTheTreeExactAndMemoryFlat) {
  const auto began = std::chrono::steady_clock::now();
  // The table is small, so that it is full before the first look at memory: what it holds then is what it may hold.
  Sensor sensor({.rules = kRule, .arguments = {"--ring-bytes", "67108864", "--max-processes", "4096"}});
  Child outer([&] { return become_shells(); });
  outer.go();
  int go = -1;  // can be opened once somebody waits at the other end: both shells are there
  ASSERT_TRUE(wait_until([&] { return (go = open(go_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)) >= 0; }));

  storm(processes() / 10);
  sleep(1);
  const long before = resident(sensor);
  storm(processes() - processes() / 10);
  sleep(1);
  const long after = resident(sensor);
  EXPECT_LT(after, before + before / 10) << "KiB, before and after";

  EXPECT_EQ(1, write(go, "\n", 1));
  close(go);
  EXPECT_EQ(0, outer.wait());
  expect_chain(sensor, outer.pid());
  EXPECT_EQ(0, sensor.stop());

  // From 7.0 on the kernel may skip a program (sensor/kernel/kernel.cpp, calls_refused), and counts that.
  if (kernel_release() < KernelRelease{7, 0}) {
    EXPECT_EQ(0u, sensor.lost()) << sensor.log();
  }
  const auto took = std::chrono::steady_clock::now() - began;
  std::printf("storm: %ld processes in %ld s; sensor %ld KiB, then %ld KiB; %llu lost\n", processes(),
              static_cast<long>(std::chrono::duration_cast<std::chrono::seconds>(took).count()), before, after,
              static_cast<unsigned long long>(sensor.lost()));
}

}  // namespace
}  // namespace picket::test
