// SPDX-License-Identifier: Apache-2.0
//
// Other rules while the sensor runs: by SIGHUP, by `picket reload`, by a change of the files. No event of what both
// have in common is lost or comes twice.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>
#include <vector>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/counted.h"
#include "tests/kernel/support/scale.h"
#include "tests/kernel/support/sensor.h"
#include "tests/support/signing.h"

namespace picket::test {
namespace {

constexpr const char* kOpen = R"(
- rule: open
  desc: Marked files.
  condition: evt.type = openat and fd.name endswith marked-by-reload-test
  output: "opened %fd.name"
  priority: DEBUG
)";

constexpr const char* kExec = R"(
- rule: exec
  desc: The helper.
  condition: evt.type = execve and exec.argv contains marked-by-reload-test
  output: "ran %proc.cmdline"
  priority: DEBUG
)";

constexpr const char* kMkdir = R"(
- rule: mkdir
  desc: Marked directories, with the outcome.
  condition: evt.type in (mkdir, mkdirat) and mkdir.path endswith marked-by-reload-test and evt.rawres = 0
  output: "%evt.res"
  priority: DEBUG
)";

class Reload : public testing::Test {
 protected:
  // Watches only `rules_`, and listens in the test's own directory.
  SensorOptions options(bool watch = false) const {
    return {.arguments = {"--rules", rules_, "--rules-watch", watch ? "true" : "false", "--control", socket_}};
  }

  // As an editor does: all at once.
  void replace_rules(const std::string& text) const {
    write_file(rules_ + ".new", text);
    std::filesystem::rename(rules_ + ".new", rules_);
  }

  SensorOptions counted_by(const Counted& alerts) const {
    SensorOptions counted = options();
    counted.standard_output = alerts.pipe();
    return counted;
  }

  struct Asked {
    int code;
    std::string said;
  };
  // `picket reload`.
  Asked ask() const {
    const std::string said = directory_ / "said";
    Child child([&] {
      const int file = open(said.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      dup2(file, 1);
      dup2(file, 2);
      return execute(picket_binary(), {"picket", "reload", "--config", config_, "--control", socket_});
    });
    const int status = child.wait();
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(said)};
  }
  void reload(long times, const std::function<std::string(long)>& text) const;
  static bool says(const Sensor& sensor, const std::string& text) {
    return wait_until([&] { return sensor.log().find(text) != std::string::npos; });
  }
  void open_marked() const { close(open(marked_.c_str(), O_RDONLY)); }
  std::size_t count(Sensor& sensor, const std::string& rule) const {
    std::size_t count = 0;
    for (const Json& alert : sensor.alerts()) count += alert.value("rule", "") == rule;
    return count;
  }

  void SetUp() override {
    write_file(marked_, "");
    write_file(rules_, kOpen);
    write_file(config_, "{}\n");
  }

  Directory directory_;
  const std::string rules_ = directory_ / "rules.yaml";
  const std::string marked_ = directory_ / "marked-by-reload-test";
  const std::string socket_ = directory_ / "control.sock";
  const std::string config_ = directory_ / "config.yaml";
};

// Calls `act` all the while, with a pause after each, in threads of its own.
class Load {
 public:
  Load(int threads, std::chrono::microseconds pause, const std::function<void()>& act) {
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([=, this] {
        for (; !stop_; std::this_thread::sleep_for(pause)) act();
      });
    }
  }
  ~Load() { stop(); }
  void stop() {
    stop_ = true;
    threads_.clear();
  }

 private:
  std::atomic<bool> stop_ = false;
  std::vector<std::jthread> threads_;
};

// How long reloads took: for who asked, and of that in the sensor, which says so itself.
struct Took {
  long count = 0;
  double all = 0, sensor = 0;

  void add(double seconds, const std::string& said) {
    ++count;
    all += seconds;
    sensor += std::atof(said.c_str() + said.rfind("; ") + 2);
  }
  void print(const char* which) const {
    if (count == 0) return;
    const auto each = [this](double sum) { return 1000 * sum / static_cast<double>(count); };
    std::printf("reloads: %ld %s, %.0f ms each, of that %.0f ms in the sensor\n", count, which, each(all),
                each(sensor));
  }
};

// Reloads that often, with the rules that `text` gives; every tenth time with rules about more kinds of events besides,
// for which the kernel has to verify further programs.
void Reload::reload(long times, const std::function<std::string(long)>& text) const {
  using Clock = std::chrono::steady_clock;
  Took plain, with_programs;
  for (long i = 0; i < times; ++i) {
    const bool more = i % 10 == 9;
    replace_rules(text(i) + (more ? std::string(kMkdir) + kExec : ""));
    const auto began = Clock::now();
    const Asked asked = ask();
    ASSERT_EQ(0, asked.code) << "reload " << i << ": " << asked.said;
    (more ? with_programs : plain).add(std::chrono::duration<double>(Clock::now() - began).count(), asked.said);
  }
  plain.print("of the same programs");
  with_programs.print("with more programs");
}

// Another image takes the place of the one before by a single write: no open gets through in between.
TEST_F(Reload, LeavesNoMomentInWhichWhatIsRefusedPasses) {
  const std::string denying = "- rule: refused\n  desc: d\n  condition: open.path = " + marked_ +
                              "\n  output: refused\n  priority: WARNING\n  action: deny\n";
  replace_rules(denying);
  Counted alerts({"refused"});
  Sensor sensor(counted_by(alerts));
  std::atomic<std::uint64_t> refused = 0, passed = 0;
  {
    Load load(2, std::chrono::milliseconds(5), [&] {
      const int file = open(marked_.c_str(), O_RDONLY | O_CLOEXEC);
      ++(file < 0 ? refused : passed);
      if (file >= 0) close(file);
    });
    reload(scaled("reloads", 20), [&](long i) { return i % 2 != 0 ? denying : denying + kOpen; });
  }
  EXPECT_EQ(0u, passed);
  EXPECT_GT(refused, 0u);
  EXPECT_EQ(0, sensor.stop());
  EXPECT_EQ(refused, alerts.of("refused") + sensor.lost());
}

// The rule that stays loses nothing and sees nothing twice, whatever comes and goes beside it.
TEST_F(Reload, UnderLoadNothingIsLostAndNothingComesTwice) {
  Counted alerts({"open"});
  Sensor sensor(counted_by(alerts));
  std::atomic<std::uint64_t> opened = 0;
  {
    Load load(1, std::chrono::milliseconds(1), [&] {
      open_marked();
      ++opened;
    });
    reload(scaled("reloads", 50), [](long i) { return std::string(kOpen) + (i % 2 != 0 ? "  tags: [odd]\n" : ""); });
  }
  EXPECT_EQ(0, sensor.stop()) << sensor.log();
  EXPECT_GT(opened, 500u);
  EXPECT_EQ(opened, alerts.of("open"));
  EXPECT_EQ(0u, sensor.lost());
}

TEST_F(Reload, ANewKindIsSeenFromThenOnAndAnOldOneNoMore) {
  Sensor sensor(options());
  const std::string made = directory_ / "d-marked-by-reload-test";
  mkdir(made.c_str(), 0700);
  replace_rules(kMkdir);
  Asked asked = ask();
  EXPECT_EQ(0, asked.code);
  EXPECT_NE(std::string::npos, asked.said.find("1 rule of 1 file in force: 1 added, 1 removed, 0 changed"))
      << asked.said;
  rmdir(made.c_str());
  mkdir(made.c_str(), 0700);
  EXPECT_EQ("SUCCESS", sensor.next_alert("mkdir").value("message", "")) << "the outcome is followed, too";
  open_marked();
  replace_rules(std::string(kOpen) + kMkdir);
  asked = ask();
  EXPECT_EQ(0, asked.code) << asked.said;
  rmdir(made.c_str());
  open_marked();
  mkdir(made.c_str(), 0700);
  sensor.next_alert("open");
  EXPECT_EQ("SUCCESS", sensor.next_alert("mkdir").value("message", ""));
  EXPECT_EQ(0, sensor.stop()) << sensor.log();
  EXPECT_EQ(1u, count(sensor, "open"));
  EXPECT_EQ(2u, count(sensor, "mkdir"));
}

TEST_F(Reload, AMistakeLeavesTheOldRulesInForce) {
  Sensor sensor(options());
  replace_rules("- rule: open\n  desc: d\n  condition: no.such.field = 1\n  output: o\n  priority: INFO\n");
  const Asked asked = ask();
  EXPECT_EQ(3, asked.code);
  for (const std::string& said : {asked.said, sensor.log()}) {
    EXPECT_NE(std::string::npos, said.find("rules.yaml:3:14: error:")) << said;
    EXPECT_NE(std::string::npos, said.find("no.such.field")) << said;
    EXPECT_NE(std::string::npos, said.find("the rules stay as they are: 1 rule in force")) << said;
  }
  open_marked();
  sensor.next_alert("open");

  std::filesystem::remove(rules_);
  EXPECT_EQ(3, ask().code);
  replace_rules("");
  EXPECT_EQ(3, ask().code);
  open_marked();
  sensor.next_alert("open");
}

TEST_F(Reload, BySighup) {
  Sensor sensor(options());
  replace_rules(std::string(kOpen) + kExec);
  kill(sensor.pid(), SIGHUP);
  EXPECT_TRUE(says(sensor, "rules reloaded (SIGHUP): 2 rules of 1 file in force: 1 added, 0 removed, 0 changed"))
      << sensor.log();
  // It says so in its output, too.
  EXPECT_TRUE(wait_until([&] {
    sensor.alerts();
    return sensor.policy().at("event").at("policy").at("rules") == 2;
  })) << sensor.output();
}

// Replaced, written in place, and behind a link that is switched, as in a ConfigMap.
TEST_F(Reload, ByAChangeOfTheFiles) {
  Sensor sensor(options(true));
  replace_rules(std::string(kOpen) + kExec);
  EXPECT_TRUE(says(sensor, "(a rule file has changed): 2 rules of 1 file in force: 1 added")) << sensor.log();
  write_file(rules_, std::string(kOpen) + kExec + kMkdir);
  EXPECT_TRUE(says(sensor, "(a rule file has changed): 3 rules of 1 file in force: 1 added")) << sensor.log();
  std::filesystem::create_directory(directory_ / "..data_1");
  write_file(directory_ / "..data_1/rules.yaml", kOpen);
  std::filesystem::create_symlink("..data_1", directory_ / "..data");
  std::filesystem::create_symlink("..data/rules.yaml", rules_ + ".link");
  std::filesystem::rename(rules_ + ".link", rules_);
  EXPECT_TRUE(says(sensor, "1 rule of 1 file in force: 0 added, 2 removed")) << sensor.log();
  std::filesystem::create_directory(directory_ / "..data_2");
  write_file(directory_ / "..data_2/rules.yaml", std::string(kExec) + kMkdir);
  std::filesystem::create_symlink("..data_2", directory_ / "..data_tmp");
  std::filesystem::rename(directory_ / "..data_tmp", directory_ / "..data");
  EXPECT_TRUE(says(sensor, "2 rules of 1 file in force: 2 added, 1 removed")) << sensor.log();
}

// Nothing unsigned, altered or older comes into force, neither by a reload nor by a start; what is in force stays.
class ReloadSigned : public Reload {
 protected:
  SensorOptions trusting(bool watch = false) const {
    SensorOptions trusting = options(watch);
    for (const std::string& word :
         {std::string("--trusted-keys"), directory_ / "key.pub", std::string("--policy-signature"), signature_,
          std::string("--policy-record"), directory_ / "state/record"}) {
      trusting.arguments.push_back(word);
    }
    return trusting;
  }
  void sign(const char* version) const {
    Child child([&] {
      return execute(picket_binary(), {"picket", "sign", "--key", directory_ / "key", "--output", signature_,
                                       "--policy-version", version, rules_});
    });
    ASSERT_EQ(0, child.wait());
  }
  std::string recorded() const { return read_file(directory_ / "state/record"); }
  bool has_recorded(const std::string& version) const {
    return wait_until([&] { return recorded().find("\nversion " + version + "\n") != std::string::npos; });
  }

  void SetUp() override {
    Reload::SetUp();
    write_file(directory_ / "key", kAlice.private_pem);
    write_file(directory_ / "key.pub", kAlice.public_pem);
    for (const char* name : {"key", "key.pub"}) chmod((directory_ / name).c_str(), 0600);
  }

  const std::string signature_ = directory_ / "policy.sig";
};

TEST_F(ReloadSigned, OnlyWhatIsSignedAndNoOlder) {
  sign("7");
  const std::string seven = read_file(signature_);
  Sensor sensor(trusting());
  EXPECT_TRUE(has_recorded("7")) << sensor.log();
  EXPECT_NE(std::string::npos, sensor.log().find("signed policy: version 7, signed by ")) << sensor.log();
  EXPECT_NE(std::string::npos, sensor.log().find("has recorded no policy yet")) << sensor.log();

  replace_rules(std::string(kOpen) + kExec);
  Asked asked = ask();
  EXPECT_EQ(9, asked.code);
  for (const std::string& said : {asked.said, sensor.log()}) {
    EXPECT_NE(std::string::npos, said.find("rules.yaml: error: altered since it was signed")) << said;
    EXPECT_NE(std::string::npos, said.find("the rules stay as they are: 1 rule in force")) << said;
  }
  open_marked();
  sensor.next_alert("open");

  sign("8");
  asked = ask();
  EXPECT_EQ(0, asked.code) << asked.said;
  EXPECT_NE(std::string::npos, asked.said.find("; version 8, signed by ")) << asked.said;
  EXPECT_TRUE(has_recorded("8")) << recorded();

  replace_rules(kOpen);
  write_file(signature_, seven);
  asked = ask();
  EXPECT_EQ(9, asked.code);
  EXPECT_NE(std::string::npos, asked.said.find("version 7 is older than 8, which was in force before")) << asked.said;
  EXPECT_EQ(0, sensor.stop());

  SensorOptions late = trusting();
  late.wait_until_ready = false;
  Sensor refused(late);
  EXPECT_EQ(9, refused.wait_for_end()) << refused.log();
  EXPECT_TRUE(has_recorded("8"));
}

TEST_F(ReloadSigned, BySigningWhatHasChanged) {
  sign("1");
  Sensor sensor(trusting(true));
  replace_rules(std::string(kOpen) + kExec);
  EXPECT_TRUE(says(sensor, "altered since it was signed")) << sensor.log();
  sign("2");
  EXPECT_TRUE(says(sensor, "(a rule file has changed): 2 rules of 1 file in force: 1 added")) << sensor.log();
  EXPECT_TRUE(has_recorded("2")) << recorded();
}

TEST_F(Reload, WithoutASensor) {
  const Asked asked = ask();
  EXPECT_EQ(1, asked.code);
  EXPECT_NE(std::string::npos, asked.said.find("no sensor runs there")) << asked.said;
}

TEST_F(Reload, OnlyRootIsListenedTo) {
  Sensor sensor(options());
  struct stat status {};
  ASSERT_EQ(0, stat(socket_.c_str(), &status));
  EXPECT_EQ(0600u, status.st_mode & 0777);
  chmod(socket_.c_str(), 0666);
  Child child([this] {
    if (setgid(65534) != 0 || setuid(65534) != 0) return 99;
    return execute(picket_binary(), {"picket", "reload", "--config", config_, "--control", socket_});
  });
  EXPECT_EQ(1, WEXITSTATUS(child.wait()));
  EXPECT_EQ(std::string::npos, sensor.log().find("reloaded"));
}

}  // namespace
}  // namespace picket::test
