// SPDX-License-Identifier: Apache-2.0
//
// What keeps enforcement from doing harm, and from being switched off unseen: the switch, the orders that it asks for,
// the dead-man timer, who is exempt, and what is said of decisions: counts of each rule, executions.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/sensor.h"
#include "tests/support/signing.h"

namespace picket::test {
namespace {

class Safety : public testing::Test {
 protected:
  SensorOptions options(std::vector<std::string> more = {}) const {
    SensorOptions options{.arguments = {"--rules", rules_, "--rules-watch", "false", "--control", socket_}};
    options.arguments.insert(options.arguments.end(), more.begin(), more.end());
    return options;
  }
  std::string deny(const std::string& name, const std::string& file, const std::string& more = "") const {
    return "- rule: " + name + "\n  desc: d\n  condition: open.path = " + file +
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
  // One that asks the sensor.
  Said ask(std::vector<std::string> words, uid_t uid = 0) const {
    words.insert(words.end(), {"--config", config_, "--control", socket_});
    return picket(std::move(words), uid);
  }
  Json status() const { return Json::parse(ask({"status", "--json"}).text); }

  static bool refused(const std::string& file) {
    const int opened = open(file.c_str(), O_RDONLY);
    if (opened >= 0) close(opened);
    return opened < 0;
  }
  // The changes of enforcement so far: "enforce>off command".
  static std::vector<std::string> changes(Sensor& sensor) {
    std::vector<std::string> changes;
    for (const Json& line : sensor.alerts()) {
      const Json::json_pointer at("/event/enforcement");
      if (!line.contains(at)) continue;
      const Json& change = line.at(at);
      changes.push_back(change.value("from", "") + ">" + change.value("to", "") + " " + change.value("cause", ""));
    }
    return changes;
  }
  static bool has_changed(Sensor& sensor, std::size_t times) {
    return wait_until([&] { return changes(sensor).size() >= times; });
  }

  void SetUp() override {
    for (const std::string& file : {one_, other_}) write_file(file, "text");
    write_file(config_, "{}\n");
    write_file(rules_, deny("one", one_));
  }

  using Changes = std::vector<std::string>;
  Directory directory_;
  const std::string rules_ = directory_ / "rules.yaml";
  const std::string config_ = directory_ / "config.yaml";
  const std::string socket_ = directory_ / "control.sock";
  const std::string one_ = directory_ / "one";
  const std::string other_ = directory_ / "other";
};

TEST_F(Safety, EachRuleIsCountedAlsoOverAReload) {
  write_file(rules_, deny("one", one_) + deny("other", other_, "  mode: audit\n"));
  Sensor sensor(options());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(refused(one_));
  EXPECT_FALSE(refused(other_));
  write_file(rules_, deny("one", one_));
  EXPECT_EQ(0, ask({"reload"}).code);
  EXPECT_TRUE(refused(one_));
  const Json now = status();
  EXPECT_EQ("enforce", now.at("enforcement").at("state"));
  EXPECT_EQ(1, now.at("enforcement").at("enforcing_rules"));
  EXPECT_EQ(2, now.at("policy").at("generation"));
  const Json expected = Json::parse(
      R"([{"rule":"one","denied":4,"killed":0,"would_deny":0,"would_kill":0},
          {"rule":"other","denied":0,"killed":0,"would_deny":1,"would_kill":0}])");
  EXPECT_EQ(expected, now.at("rules"));
  EXPECT_NE(std::string::npos, ask({"status"}).text.find("         4          0          0          0  one\n"));
  EXPECT_EQ(0, sensor.stop());
  EXPECT_NE(std::string::npos, sensor.log().find("rule 'one': 4 denied")) << sensor.log();
}

TEST_F(Safety, OffAndOnAgain) {
  Sensor sensor(options());
  EXPECT_TRUE(refused(one_));
  EXPECT_EQ(0, ask({"enforce", "off"}).code);
  EXPECT_FALSE(refused(one_));
  EXPECT_EQ("off", status().at("enforcement").at("state"));
  EXPECT_EQ("denied", sensor.next_alert("one").at("event").at("decision"));
  EXPECT_EQ("would_deny", sensor.next_alert("one").at("event").at("decision"));
  EXPECT_EQ(0, ask({"enforce", "on"}).code);
  EXPECT_TRUE(refused(one_));
  const Said line = ask({"enforce", "status"});
  EXPECT_EQ(0u, line.text.find("enforce (1 rules refuse or kill")) << line.text;
  EXPECT_EQ(0, ask({"enforce", "off", "--for", "1s"}).code);
  EXPECT_FALSE(refused(one_));
  EXPECT_TRUE(has_changed(sensor, 4)) << sensor.output();
  EXPECT_TRUE(refused(one_));
  EXPECT_EQ((Changes{"enforce>off command", "off>enforce command", "enforce>off command", "off>enforce timeout"}),
            changes(sensor));
  EXPECT_EQ(2, status().at("rules").at(0).at("would_deny"));
}

TEST_F(Safety, OnlyRootMaySwitchItOff) {
  Sensor sensor(options());
  chmod(socket_.c_str(), 0666);
  chmod(directory_.path().c_str(), 0755);
  EXPECT_EQ(1, ask({"enforce", "off"}, 65534).code);
  EXPECT_TRUE(refused(one_));
  EXPECT_EQ(Changes{}, changes(sensor));
}

TEST_F(Safety, WhereKeysAreTrustedItTakesAnOrderOnce) {
  write_file(directory_ / "key", kAlice.private_pem);
  write_file(directory_ / "key.pub", kAlice.public_pem);
  for (const char* name : {"key", "key.pub"}) chmod((directory_ / name).c_str(), 0600);
  const std::string root = directory_ / "root", machine(32, 'a');
  std::filesystem::create_directories(root + "/etc");
  for (const char* name : {"proc", "sys", "run"}) {
    std::filesystem::create_directory_symlink(std::string("/") + name, root + "/" + name);
  }
  write_file(root + "/etc/machine-id", machine + "\n");
  EXPECT_EQ(0, picket({"sign", "--key", directory_ / "key", "--output", directory_ / "policy.sig", rules_}).code);
  const std::string token = directory_ / "off.token";
  const Said made =
      picket({"enforce", "token", "--key", directory_ / "key", "--machine", machine, "--for", "5m", "--output", token});
  EXPECT_EQ(0, made.code) << made.text;

  Sensor sensor(options({"--trusted-keys", directory_ / "key.pub", "--policy-signature", directory_ / "policy.sig",
                         "--policy-record", directory_ / "state/record", "--host-root", root}));
  const Said bare = ask({"enforce", "off"});
  EXPECT_EQ(9, bare.code);
  EXPECT_NE(std::string::npos, bare.text.find("it needs an order")) << bare.text;
  EXPECT_TRUE(refused(one_));
  const Said given = ask({"enforce", "off", "--token", token});
  EXPECT_EQ(0, given.code) << given.text;
  EXPECT_FALSE(refused(one_));
  EXPECT_GT(status().at("enforcement").at("on_again_seconds"), 200);
  EXPECT_EQ(0, ask({"enforce", "on"}).code) << "that needs none";
  const Said again = ask({"enforce", "off", "--token", token});
  EXPECT_EQ(9, again.code);
  EXPECT_NE(std::string::npos, again.text.find("this order was used before")) << again.text;
  EXPECT_TRUE(refused(one_));
  EXPECT_EQ((Changes{"enforce>off command", "off>enforce command"}), changes(sensor));
}

TEST_F(Safety, ASensorThatDoesNotRunLetsGo) {
  Sensor sensor(options({"--dead-man", "3s"}));
  EXPECT_TRUE(refused(one_));
  kill(sensor.pid(), SIGSTOP);
  EXPECT_TRUE(refused(one_)) << "not at once";
  EXPECT_TRUE(wait_until([this] { return !refused(one_); })) << "never";
  kill(sensor.pid(), SIGCONT);
  EXPECT_TRUE(has_changed(sensor, 2)) << sensor.output();
  EXPECT_TRUE(refused(one_));
  EXPECT_EQ((Changes{"enforce>lapsed dead_man", "lapsed>enforce dead_man"}), changes(sensor));
  EXPECT_EQ(1, status().at("enforcement").at("lapses"));
}

// By the file that runs, not by its name or content, and for root only.
TEST_F(Safety, ExemptProgramsAreRefusedNothing) {
  const std::string runtime = directory_ / "runtime", copy = directory_ / "copy";
  for (const std::string& file : {runtime, copy}) {
    write_file(file, read_file("/bin/cat"));
    chmod(file.c_str(), 0755);
  }
  chmod(directory_.path().c_str(), 0755);
  write_file(rules_, deny("one", one_) + deny("all", other_, "  exempt: none\n"));
  Sensor sensor(options({"--exempt", runtime}));
  const auto reads = [](const std::string& program, const std::string& file, uid_t uid = 0) {
    Child child([&] {
      if (uid != 0 && (setgid(uid) != 0 || setuid(uid) != 0)) return 99;
      return execute(program, {"cat", file});
    });
    return child.wait() == 0;
  };
  EXPECT_TRUE(reads(runtime, one_));
  EXPECT_FALSE(reads(copy, one_));
  EXPECT_FALSE(reads(runtime, one_, 65534)) << "not root";
  EXPECT_FALSE(reads(runtime, other_)) << "the rule says so";
  const Json alert = sensor.next_alert("one");
  EXPECT_EQ("would_deny", alert.at("event").at("decision"));

  std::filesystem::rename(copy, runtime);  // an update
  EXPECT_TRUE(wait_until([&] { return reads(runtime, one_); }));
}

TEST_F(Safety, TheFirstProcessOfAContainerIsNotExempt) {
  Sensor sensor(options());
  Child child([this] {
    if (unshare(CLONE_NEWPID) != 0) return 99;
    const pid_t first = fork();
    if (first == 0) _exit(getpid() == 1 && refused(one_) ? 0 : 1);
    int status = 0;
    waitpid(first, &status, 0);
    return WEXITSTATUS(status);
  });
  EXPECT_EQ(0, WEXITSTATUS(child.wait()));
}

TEST_F(Safety, ExecutionsSayWhatWouldBe) {
  const std::string program = directory_ / "program";
  write_file(program, read_file("/bin/true"));
  chmod(program.c_str(), 0755);
  const auto run = [&] {
    Child child([&] { return execute(program, {"program"}); });
    return WEXITSTATUS(child.wait());
  };
  write_file(rules_, "- rule: no\n  desc: d\n  condition: evt.type in (execve, execveat) and proc.exepath = " +
                         program + "\n  output: o\n  priority: INFO\n  action: deny\n");
  {
    Sensor sensor(options({"--mode", "audit"}));
    EXPECT_EQ(0, run());
    EXPECT_EQ("would_deny", sensor.next_alert("no").at("event").at("decision"));
    EXPECT_EQ(1, status().at("rules").at(0).at("would_deny"));
  }
  Sensor sensor(options());
  EXPECT_EQ(127, run());
  EXPECT_EQ("denied", sensor.next_alert("no").at("event").at("decision"));
  EXPECT_EQ(0, ask({"enforce", "off"}).code);
  EXPECT_EQ(0, run());
  EXPECT_EQ("would_deny", sensor.next_alert("no").at("event").at("decision"));
  const Json counts = status().at("rules").at(0);
  EXPECT_EQ(1, counts.at("denied"));
  EXPECT_EQ(1, counts.at("would_deny"));
}

}  // namespace
}  // namespace picket::test
