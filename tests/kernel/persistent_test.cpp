// SPDX-License-Identifier: Apache-2.0
//
// enforcement.persistent: what rules refuse is refused after the sensor has ended, however it did; the next one takes
// over without a gap and reports what happened meanwhile; `picket uninstall-pins` ends it. Each case leaves nothing
// pinned, or has failed.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/sensor.h"

namespace picket::test {
namespace {

constexpr const char* kPins = "/sys/fs/bpf/picket";

// Opens a file all the while.
class Opener {
 public:
  explicit Opener(const std::string& file) {
    thread_ = std::jthread([this, file] {
      for (; !stop_; ++tried_) {
        const int opened = open(file.c_str(), O_RDONLY);
        if (opened < 0) continue;
        ++succeeded_;
        close(opened);
      }
    });
  }
  void stop() {
    stop_ = true;
    thread_ = {};
  }
  std::uint64_t tried() const { return tried_; }
  std::uint64_t succeeded() const { return succeeded_; }
  // It has tried some more times.
  bool goes_on() const {
    return wait_until([this, from = tried_.load()] { return tried_ > from + 10; });
  }

 private:
  std::atomic<bool> stop_ = false;
  std::atomic<std::uint64_t> tried_ = 0, succeeded_ = 0;
  std::jthread thread_;
};

class Persistent : public testing::Test {
 protected:
  SensorOptions options(const char* persistent = "true") const {
    return {
        .arguments = {"--rules", rules_, "--rules-watch", "false", "--control", socket_, "--persistent", persistent}};
  }
  static std::string rule(const std::string& name, const std::string& condition, const std::string& more = "") {
    return "- rule: " + name + "\n  desc: d\n  condition: " + condition +
           "\n  output: refused\n  priority: WARNING\n  action: deny\n" + more;
  }

  struct Said {
    int code;
    std::string text;
  };
  // `picket` with these words.
  Said picket(std::vector<std::string> words, uid_t uid = 0) const {
    const std::string said = directory_ / "said";
    words.insert(words.begin(), "picket");
    Child child([&] {
      const int file = open(said.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
      dup2(file, 1);
      dup2(file, 2);
      if (uid != 0 && (setgid(uid) != 0 || setuid(uid) != 0)) return 99;
      return execute(picket_binary(), words);
    });
    const int status = child.wait();
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(said)};
  }
  Said ask(std::vector<std::string> words) const {
    words.insert(words.end(), {"--config", config_, "--control", socket_});
    return picket(std::move(words));
  }

  static bool refused(const std::string& file) {
    const int opened = open(file.c_str(), O_RDONLY);
    if (opened >= 0) close(opened);
    return opened < 0;
  }
  static bool pinned() { return std::filesystem::exists(kPins); }

  // Changes that 64-bit word of the notes of the only sensor that left any.
  static bool change_notes(std::size_t word) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kPins)) {
      const std::string path = entry.path();
      if (!entry.path().filename().string().starts_with("notes-")) continue;
      bpf_attr attributes{};
      attributes.pathname = reinterpret_cast<std::uint64_t>(path.c_str());
      const int map = static_cast<int>(syscall(SYS_bpf, BPF_OBJ_GET, &attributes, sizeof attributes));
      void* const memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
      close(map);
      if (memory == MAP_FAILED) return false;
      static_cast<std::uint64_t*>(memory)[word] ^= 1;
      return munmap(memory, 4096) == 0;
    }
    return false;
  }

  static void kill_now(Sensor& sensor) {
    kill(sensor.pid(), SIGKILL);
    EXPECT_EQ(128 + SIGKILL, sensor.wait_for_end());
  }
  // What the sensor says of the time before it; null when it says nothing.
  static Json takeover(Sensor& sensor) {
    Json found;
    wait_until([&] {
      for (const Json& line : sensor.alerts()) {
        const Json::json_pointer at("/event/enforcement/meanwhile");
        if (line.contains(at)) found = line.at("event").at("enforcement");
      }
      return !found.is_null();
    });
    return found;
  }
  static std::size_t alerts_of(Sensor& sensor, const std::string& rule) {
    std::size_t count = 0;
    for (const Json& alert : sensor.alerts()) count += alert.value("rule", "") == rule;
    return count;
  }

  void SetUp() override {
    ASSERT_FALSE(pinned()) << "left by a case before";
    for (const std::string& file : {one_, other_}) write_file(file, "text");
    write_file(config_, "{}\n");
    write_file(rules_, rule("one", "open.path = " + one_));
  }
  void TearDown() override {
    const Said said = picket({"uninstall-pins"});
    EXPECT_EQ(0, said.code) << said.text;
    EXPECT_FALSE(pinned());
    EXPECT_FALSE(refused(one_));
  }

  Directory directory_;
  const std::string rules_ = directory_ / "rules.yaml";
  const std::string config_ = directory_ / "config.yaml";
  const std::string socket_ = directory_ / "control.sock";
  const std::string one_ = directory_ / "one";
  const std::string other_ = directory_ / "other";
};

TEST_F(Persistent, WhatHappenedIsReported) {
  Sensor first(options());
  EXPECT_TRUE(refused(one_));
  EXPECT_FALSE(first.next_alert("one").is_null());
  kill_now(first);
  for (int i = 0; i < 7; ++i) EXPECT_TRUE(refused(one_));
  EXPECT_FALSE(refused(other_));

  Sensor second(options());
  const Json change = takeover(second);
  ASSERT_FALSE(change.is_null()) << second.log();
  EXPECT_EQ("takeover", change.at("cause"));
  EXPECT_EQ("enforce", change.at("from"));
  EXPECT_EQ("enforce", change.at("to"));
  const Json& meanwhile = change.at("meanwhile");
  EXPECT_EQ(7, meanwhile.at("refused")) << meanwhile.dump();
  EXPECT_EQ(7, meanwhile.at("recorded"));
  EXPECT_EQ(Json::parse(R"([{"rule":"one","denied":7,"killed":0}])"), meanwhile.at("rules"));
  EXPECT_LT(meanwhile.at("since").get<std::string>(), meanwhile.at("until").get<std::string>());
  EXPECT_EQ(7u, alerts_of(second, "one"));
  EXPECT_EQ("denied", second.next_alert("one").at("event").at("decision"));
}

// What is refused by one program and told by another: both are there without a sensor.
TEST_F(Persistent, FilesThatAreNotMadeAreReportedToo) {
  const std::string file = directory_ / "made";
  const auto make = [&file] { return open(file.c_str(), O_WRONLY | O_CREAT, 0600) < 0 ? 0 : 1; };
  write_file(rules_, rule("one", "open.path = " + one_) + rule("made", "create.path = " + file));
  Sensor first(options());
  kill_now(first);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(0, Child(make).wait());
  EXPECT_FALSE(std::filesystem::exists(file));
  Sensor second(options());
  const Json meanwhile = takeover(second).at("meanwhile");
  EXPECT_EQ(3, meanwhile.at("refused")) << meanwhile.dump();
  EXPECT_EQ(3, meanwhile.at("recorded"));
  EXPECT_EQ(3u, alerts_of(second, "made"));
}

// Somebody never stops trying: not once in vain for the rules, and each refusal is in one count, of the sensor that was
// there or of the time without one.
TEST_F(Persistent, NoGapAndNothingIsCountedTwice) {
  Sensor first(options());
  kill(first.pid(), SIGSTOP);
  Opener opener(one_);
  EXPECT_TRUE(opener.goes_on());
  kill_now(first);
  EXPECT_TRUE(opener.goes_on());
  Sensor second(options());
  EXPECT_TRUE(opener.goes_on());
  opener.stop();
  EXPECT_EQ(0u, opener.succeeded()) << "of " << opener.tried();

  const Json meanwhile = takeover(second).at("meanwhile");
  const Json status = Json::parse(ask({"status", "--json"}).text);
  EXPECT_EQ(opener.tried(),
            meanwhile.at("refused").get<std::uint64_t>() + status.at("rules").at(0).at("denied").get<std::uint64_t>())
      << meanwhile.dump() << status.dump();
  EXPECT_LE(meanwhile.at("recorded"), meanwhile.at("refused"));
}

TEST_F(Persistent, WhoDidItIsKnownThoughItHasEnded) {
  Sensor first(options());
  kill_now(first);
  const std::string program = directory_ / "ended-meanwhile";
  copy_file(helper_binary(), program);
  Child child([&] {
    close(open(one_.c_str(), O_RDONLY));
    return execute(program, {"ended-meanwhile"});
  });
  const pid_t pid = child.pid();
  child.go();
  child.wait();
  Sensor second(options());
  const Json alert = second.next_alert("one", pid);
  ASSERT_FALSE(alert.is_null());
  EXPECT_EQ(read_link("/proc/self/exe"), alert.at("process").at("exe"));
}

TEST_F(Persistent, OutlivesACleanStopAndEndsWithUninstallPins) {
  {
    Sensor sensor(options());
    EXPECT_TRUE(refused(one_));
    const Said said = picket({"uninstall-pins"});
    EXPECT_EQ(1, said.code);
    EXPECT_NE(std::string::npos, said.text.find("a sensor is running")) << said.text;
    EXPECT_TRUE(refused(one_));
    EXPECT_EQ(0, sensor.stop());
  }
  EXPECT_TRUE(refused(one_));
  EXPECT_EQ(4, picket({"uninstall-pins"}, 1000).code);
  EXPECT_TRUE(refused(one_));
  const Said said = picket({"uninstall-pins"});
  EXPECT_EQ(0, said.code);
  EXPECT_NE(std::string::npos, said.text.find("removed what was pinned")) << said.text;
  EXPECT_FALSE(refused(one_));
  EXPECT_FALSE(pinned());
}

// As though another version had left it: its notes begin with what names their format, then the layout of records.
TEST_F(Persistent, AnotherVersionTakesOverAsWell) {
  for (const std::size_t word : {1, 0}) {
    SCOPED_TRACE(word == 0 ? "notes of another format" : "records of another layout");
    Sensor first(options());
    kill_now(first);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(refused(one_));
    ASSERT_TRUE(change_notes(word));
    Sensor second(options());
    const Json meanwhile = takeover(second).at("meanwhile");
    EXPECT_EQ(word != 0, meanwhile.at("counted"));
    EXPECT_EQ(word != 0 ? 3 : 0, meanwhile.at("refused"));
    EXPECT_EQ(0, meanwhile.at("recorded"));
    EXPECT_EQ(0u, alerts_of(second, "one"));
    EXPECT_TRUE(refused(one_));
    EXPECT_FALSE(second.next_alert("one").is_null());
    EXPECT_EQ(0, second.stop());
    EXPECT_EQ(0, picket({"uninstall-pins"}).code);
  }
}

TEST_F(Persistent, BadRulesLeaveTheFormerOnesInForce) {
  Sensor first(options());
  kill_now(first);
  write_file(rules_, "- rule: one\n  condition: [\n");
  SensorOptions bad = options();
  bad.wait_until_ready = false;
  Sensor second(bad);
  EXPECT_EQ(3, second.wait_for_end());
  EXPECT_NE(std::string::npos, second.log().find("its rules stay in force")) << second.log();
  EXPECT_TRUE(refused(one_));
}

TEST_F(Persistent, OtherRulesTakeOver) {
  write_file(rules_, rule("one", "open.path = " + one_) + rule("gone", "open.path = " + other_));
  Sensor first(options());
  kill_now(first);
  EXPECT_TRUE(refused(other_));
  EXPECT_TRUE(refused(one_));
  EXPECT_TRUE(refused(one_));
  write_file(rules_, rule("one", "open.path = " + one_));
  Sensor second(options());
  const Json meanwhile = takeover(second).at("meanwhile");
  EXPECT_EQ(Json::parse(R"([{"rule":"gone","denied":1,"killed":0},{"rule":"one","denied":2,"killed":0}])"),
            meanwhile.at("rules"));
  EXPECT_EQ(2u, alerts_of(second, "one"));  // they come before the takeover is said
  EXPECT_TRUE(refused(one_));
  EXPECT_FALSE(refused(other_));
}

TEST_F(Persistent, WithoutTheSettingTheNextSensorEndsIt) {
  Sensor first(options());
  kill_now(first);
  {
    Sensor second(options("false"));
    EXPECT_TRUE(refused(one_));
    EXPECT_FALSE(pinned());
  }
  EXPECT_FALSE(refused(one_));
}

TEST_F(Persistent, ReloadedRulesAreWhatOutlives) {
  Sensor first(options());
  write_file(rules_, rule("two", "open.path = " + other_) +
                         rule("no directories", "mkdir.path startswith " + directory_.path() + "/"));
  EXPECT_EQ(0, ask({"reload"}).code);
  kill_now(first);
  EXPECT_FALSE(refused(one_));
  EXPECT_TRUE(refused(other_));
  EXPECT_NE(0, mkdir((directory_ / "new").c_str(), 0700));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "new"));
  Sensor second(options());
  const Json meanwhile = takeover(second).at("meanwhile");
  EXPECT_EQ(Json::parse(R"([{"rule":"no directories","denied":1,"killed":0},{"rule":"two","denied":1,"killed":0}])"),
            meanwhile.at("rules"));
}

TEST_F(Persistent, OffIsOffWithoutASensorToo) {
  Sensor first(options());
  EXPECT_EQ(0, ask({"enforce", "off"}).code);
  EXPECT_FALSE(refused(one_));
  kill_now(first);
  EXPECT_FALSE(refused(one_));
  Sensor second(options());
  EXPECT_TRUE(refused(one_));
  EXPECT_EQ("off", takeover(second).at("from"));
}

TEST_F(Persistent, TheNextSensorMayStartWhateverIsRefused) {
  const std::string program = directory_ / "picket";
  copy_file(picket_binary(), program);
  const std::string binary = picket_binary();
  setenv("PICKET_BINARY", program.c_str(), 1);
  write_file(rules_, rule("one", "open.path = " + one_) + rule("no bpf", "evt.type = bpf"));
  {
    Sensor first(options());
    copy_file(binary, program + ".new");  // an update, which a running sensor notices within a second
    std::filesystem::rename(program + ".new", program);
    sleep(5);
    kill_now(first);
    EXPECT_TRUE(refused(one_));
    Sensor second(options());
    EXPECT_TRUE(refused(one_));
  }
  const Said said = picket({"uninstall-pins"});
  EXPECT_EQ(0, said.code) << said.text;
  setenv("PICKET_BINARY", binary.c_str(), 1);
}

TEST_F(Persistent, ADirectoryOfSomebodyElseIsNotUsed) {
  ASSERT_EQ(0, mkdir(kPins, 0755));
  ASSERT_EQ(0, chmod(kPins, 0755));
  SensorOptions options = this->options();
  options.wait_until_ready = false;
  Sensor sensor(options);
  EXPECT_EQ(5, sensor.wait_for_end(std::chrono::minutes(4)));
  EXPECT_NE(std::string::npos, sensor.log().find("is not this user's alone")) << sensor.log();
  EXPECT_EQ(0, rmdir(kPins));
}

TEST_F(Persistent, DeadManContradicts) {
  SensorOptions options = this->options();
  options.arguments.insert(options.arguments.end(), {"--dead-man", "60s"});
  options.wait_until_ready = false;
  Sensor sensor(options);
  EXPECT_EQ(2, sensor.wait_for_end());
  EXPECT_NE(std::string::npos, sensor.log().find("contradict")) << sensor.log();
}

}  // namespace
}  // namespace picket::test
