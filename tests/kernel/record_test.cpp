// SPDX-License-Identifier: Apache-2.0
//
// `picket record` beside `picket run`: what a replay of the recording writes is what the sensor wrote.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/sensor.h"

namespace picket::test {
namespace {

constexpr const char* kRules = R"(
- rule: exec
  desc: The helper.
  condition: evt.type = execve and exec.argv contains marked-by-record-test
  output: "ran %proc.cmdline parent %proc.pname user %user.name"
  priority: DEBUG
- rule: open
  desc: Marked files, with the outcome.
  condition: fd.name endswith marked-by-record-test and evt.type = openat and evt.rawres >= 0
  output: "opened %fd.name %evt.res %proc.name %user.name"
  priority: DEBUG
- rule: connect
  desc: Connections.
  condition: evt.type = connect and fd.sport = 4711
  output: "connected to %fd.name %evt.res"
  priority: DEBUG
)";

constexpr int kRounds = 20;

// In a child, which then becomes the helper.
int do_something(const std::string& file) {
  for (int i = 0; i < 3; ++i) close(open(file.c_str(), O_RDONLY));
  open((file + "/no").c_str(), O_RDONLY);
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(4711);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address);
  return execute(helper_binary(), {"helper", "exit", "0", "marked-by-record-test"});
}

// Without what one sensor counts and clocks by itself: when it was called, where its records are among all, its alerts'
// ids, and the difference between the clocks, measured once a second.
std::vector<std::string> comparable(const std::vector<Json>& alerts) {
  std::vector<std::string> lines;
  for (Json alert : alerts) {
    alert.erase("time");
    alert.erase("id");
    for (const char* counted : {"sequence", "boottime", "generation", "conjunct"}) alert.at("event").erase(counted);
    for (const char* who : {"process", "parent"}) {
      if (!alert.contains(who)) continue;
      alert.at(who).erase("exec_time");
      alert.at(who).erase("start_time");
    }
    lines.push_back(alert.dump());
  }
  return lines;
}

class Record : public testing::Test {
 protected:
  void act() const {
    for (int i = 0; i < kRounds; ++i) {
      Child child([this] { return do_something(file_); });
      EXPECT_EQ(0, child.wait());
    }
  }
  SensorOptions replay() const {
    return {
        .rules = kRules, .arguments = {"--output", "json", recording_}, .wait_until_ready = false, .command = "replay"};
  }

  Directory directory_;
  const std::string file_ = directory_ / "marked-by-record-test";
  const std::string recording_ = directory_ / "recording";
};

TEST_F(Record, ReplayWritesWhatRunWrote) {
  write_file(file_, "");
  Sensor recorder({.arguments = {"--output", recording_}, .command = "record"});
  Sensor sensor({.rules = kRules});
  act();
  EXPECT_EQ(0, sensor.stop()) << sensor.log();
  EXPECT_EQ(0, recorder.stop()) << recorder.log();
  EXPECT_NE(std::string::npos, recorder.log().find("recorded: ")) << recorder.log();
  EXPECT_EQ(0u, recorder.lost());
  ASSERT_EQ(std::size_t{kRounds * 5}, sensor.alerts().size());

  Sensor first(replay()), second(replay());
  EXPECT_EQ(0, first.wait_for_end()) << first.log();
  EXPECT_EQ(0, second.wait_for_end()) << second.log();
  EXPECT_FALSE(first.output().empty());
  EXPECT_EQ(first.output(), second.output());
  const auto live = comparable(sensor.alerts()), replayed = comparable(first.alerts());
  ASSERT_EQ(live.size(), replayed.size());
  for (std::size_t i = 0; i < live.size(); ++i) ASSERT_EQ(live[i], replayed[i]);
  EXPECT_EQ(sensor.policy().at("event").at("policy"), first.policy().at("event").at("policy"));
  EXPECT_NE(std::string::npos, first.log().find(std::to_string(kRounds * 5) + " alerts, 0 lost")) << first.log();
}

// What rules need is enough for them.
TEST_F(Record, OnlyWhatRulesNeed) {
  write_file(file_, "");
  Sensor recorder({.rules = kRules, .arguments = {"--output", recording_}, .command = "record"});
  act();
  EXPECT_EQ(0, recorder.stop()) << recorder.log();
  Sensor played(replay());
  EXPECT_EQ(0, played.wait_for_end()) << played.log();
  EXPECT_EQ(std::size_t{kRounds * 5}, played.alerts().size());
}

// At most a second is lost with the recorder.
TEST_F(Record, KilledItLeavesWhatCanBeReplayed) {
  write_file(file_, "");
  Sensor recorder({.arguments = {"--output", recording_, "--kinds", "open"}, .command = "record"});
  for (int i = 0; i < kRounds; ++i) {
    Child child([this] { return do_something(file_); });
    EXPECT_EQ(0, child.wait());
  }
  usleep(2'500'000);
  kill(recorder.pid(), SIGKILL);
  EXPECT_EQ(128 + SIGKILL, recorder.wait_for_end());
  Sensor played(replay());
  EXPECT_EQ(8, played.wait_for_end()) << played.log();
  EXPECT_EQ(std::size_t{kRounds * 4}, played.alerts().size()) << "all but the connections";
  EXPECT_NE(std::string::npos, played.log().find("ends early: the recorder did not get to its end")) << played.log();
}

TEST_F(Record, OnAFullDiskItEndsAndSaysWhatIsMissing) {
  Directory small;
  ASSERT_EQ(0, mount("none", small.path().c_str(), "tmpfs", 0, "size=64k"));
  const std::string recording = small / "recording";
  write_file(file_, "");
  {
    Sensor recorder({.arguments = {"--output", recording, "--kinds", "open"}, .command = "record"});
    for (int i = 0; i < 40'000; ++i) close(open(file_.c_str(), O_RDONLY));
    EXPECT_EQ(1, recorder.wait_for_end()) << recorder.log();
    EXPECT_NE(std::string::npos, recorder.log().find("No space left on device; ")) << recorder.log();
  }
  Sensor played(
      {.rules = kRules, .arguments = {"--output", "json", recording}, .wait_until_ready = false, .command = "replay"});
  EXPECT_EQ(8, played.wait_for_end()) << played.log();
  EXPECT_NE(std::string::npos, played.log().find("; 0 bytes behind them were not read")) << played.log();
  umount2(small.path().c_str(), MNT_DETACH);
}

TEST_F(Record, AFileThatIsThereAlready) {
  write_file(recording_, "precious");
  Sensor recorder({.arguments = {"--output", recording_}, .wait_until_ready = false, .command = "record"});
  EXPECT_EQ(1, recorder.wait_for_end()) << recorder.log();
  EXPECT_EQ("precious", read_file(recording_));
}

}  // namespace
}  // namespace picket::test
