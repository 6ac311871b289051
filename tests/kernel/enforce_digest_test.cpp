// SPDX-License-Identifier: Apache-2.0
//
// Rules that refuse executions by the SHA-256 of the file: whatever it is called, script and interpreter, from memory,
// and nothing else. Before 5.18 the kernel cannot, and the sensor does not start.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <string>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/files.h"
#include "tests/kernel/support/kernel.h"
#include "tests/kernel/support/sensor.h"

namespace picket::test {
namespace {

constexpr int kRan = 42;  // the exit code of what ran

// By busybox or coreutils: nothing of the product.
std::string sha256_of(const std::string& path) {
  const std::string out = "/run/digest-test-sum";
  EXPECT_EQ(0, system(("sha256sum '" + path + "' > " + out).c_str()));
  return read_file(out).substr(0, 64);
}

std::string deny(const std::string& name, const std::string& condition, const std::string& more = "") {
  return "- rule: " + name + "\n  desc: d\n  condition: evt.type in (execve, execveat) and " + condition +
         "\n  output: refused %proc.exepath\n  priority: WARNING\n  action: deny\n" + more;
}

// The exit code of the program, or the errno with which it was not executed.
int run(const std::string& path, pid_t* pid = nullptr) {
  Child child([&] {
    execl(path.c_str(), "helper", "exit", "42", nullptr);
    return errno;
  });
  if (pid != nullptr) *pid = child.pid();
  child.go();
  const int status = child.wait();
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

class EnforceDigest : public testing::Test {
 protected:
  void SetUp() override {
    if (kernel_release() < KernelRelease{5, 18}) GTEST_SKIP() << "no digests before 5.18";
    program_ = directory_ / "program";
    make_program(program_);
  }

  static void make_program(const std::string& path) {
    copy_file(helper_binary(), path);
    chmod(path.c_str(), 0755);
  }

  // What `run` runs by it exits with kRan.
  static void make_script(const std::string& path, const std::string& interpreter, const std::string& text) {
    write_file(path, "#!" + interpreter + "\n" + text);
    chmod(path.c_str(), 0755);
  }

  std::string below() const { return "proc.exepath startswith " + directory_.path() + "/ and "; }

  Directory directory_;
  std::string program_;
};

TEST_F(EnforceDigest, WhatIsNamedDoesNotRunUnderAnyName) {
  const std::string copy = directory_ / "copy", linked = directory_ / "linked", changed = directory_ / "changed";
  for (const std::string& path : {copy, changed}) make_program(path);
  ASSERT_EQ(0, symlink(program_.c_str(), linked.c_str()));
  std::string text = read_file(changed);
  text.push_back('x');
  write_file(changed, text);
  Sensor sensor(
      {.rules = deny("known bad", "proc.exe_hash.sha256 in (" + std::string(64, 'a') + ", " + sha256_of(program_) + ")",
                     "  errno: EACCES\n")});
  for (const std::string& path : {program_, copy, linked}) {
    pid_t pid = 0;
    EXPECT_EQ(EACCES, run(path, &pid)) << path;
    const Json alert = sensor.next_alert("known bad", pid);
    ASSERT_FALSE(alert.is_null()) << sensor.log();
    EXPECT_EQ("denied", alert.at("event").at("decision"));
    EXPECT_EQ("EACCES", alert.at("event").at("error"));
  }
  EXPECT_EQ(kRan, run(changed));
  ASSERT_EQ(0, truncate(copy.c_str(), 4096));
  write_file(copy, text);  // the same file, with other bytes
  EXPECT_EQ(kRan, run(copy));
  ASSERT_EQ(0, truncate(copy.c_str(), static_cast<off_t>(text.size() - 1)));
  EXPECT_EQ(EACCES, run(copy));
  EXPECT_EQ(0, sensor.stop()) << sensor.log();
}

TEST_F(EnforceDigest, FromMemory) {
  Sensor sensor({.rules = deny("known bad", "proc.exe_hash.sha256 = " + sha256_of(program_))});
  const std::string text = read_file(program_);
  Child child([&] {
    const int memory = memfd_create("program", MFD_CLOEXEC);
    if (write(memory, text.data(), text.size()) != static_cast<ssize_t>(text.size())) return 1;
    const std::string path = "/proc/self/fd/" + std::to_string(memory);
    const int again = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    close(memory);
    const char* const arguments[] = {"helper", "exit", "42", nullptr};
    char* const nothing[] = {nullptr};
    fexecve(again, const_cast<char* const*>(arguments), nothing);
    return errno;
  });
  child.go();
  EXPECT_EQ(EPERM, WEXITSTATUS(child.wait()));
  EXPECT_FALSE(sensor.next_alert("known bad", child.pid()).is_null()) << sensor.log();
}

// Either of them, also through a script that runs a script.
TEST_F(EnforceDigest, ScriptAndInterpreter) {
  const std::string bad = directory_ / "bad", good = directory_ / "good", over = directory_ / "over";
  make_script(bad, "/bin/sh", "exit 42 # bad\n");
  make_script(good, "/bin/sh", "exit 42\n");
  make_script(over, bad, "");
  const std::string by = directory_ / "by";
  make_script(by, program_ + " exit", "");
  Sensor sensor(
      {.rules = deny("bad script", "proc.exe_hash.sha256 = " + sha256_of(bad)) +
                deny("bad interpreter", "proc.exe_hash.sha256 = " + sha256_of(program_), "  errno: EACCES\n")});
  EXPECT_EQ(kRan, run(good));
  EXPECT_EQ(EPERM, run(bad));
  EXPECT_EQ(EPERM, run(over));
  EXPECT_EQ(EACCES, run(by));
  EXPECT_EQ(EACCES, run(program_));
  EXPECT_EQ(0, sensor.stop()) << sensor.log();
  std::size_t denied = 0;
  for (const Json& alert : sensor.alerts()) denied += alert.at("event").at("decision") == "denied" ? 1 : 0;
  EXPECT_EQ(4u, denied) << "each refused once, and reported once";
}

// Below the directory runs what is listed, script and interpreter; elsewhere everything does.
TEST_F(EnforceDigest, OnlyWhatIsListedRuns) {
  const std::string script = directory_ / "script", other = directory_ / "other", stranger = directory_ / "stranger";
  make_script(script, program_ + " exit", "listed");
  make_script(other, program_ + " exit", "not listed");
  make_program(stranger);
  write_file(stranger, read_file(stranger) + "x");
  const std::string first = sha256_of(program_), second = sha256_of(script);
  for (const std::string& condition : {"not proc.exe_hash.sha256 in (" + first + ", " + second + ")",
                                       "proc.exe_hash.sha256 != " + first + " and proc.exe_hash.sha256 != " + second}) {
    SCOPED_TRACE(condition);
    Sensor sensor({.rules = deny("not listed", below() + condition)});
    EXPECT_EQ(kRan, run(program_));
    EXPECT_EQ(EPERM, run(stranger));
    EXPECT_EQ(EPERM, run(other));
    EXPECT_NE(EPERM, run(script));
    EXPECT_EQ(0, run("/bin/true"));
    EXPECT_EQ(0, sensor.stop()) << sensor.log();
  }
}

// The other conditions of the rule count as they do without a digest.
TEST_F(EnforceDigest, TogetherWithOtherConditions) {
  const std::string copy = directory_ / "copy";
  make_program(copy);
  Sensor sensor({.rules = deny("by name", "proc.name = copy and proc.exe_hash.sha256 = " + sha256_of(program_)) +
                          deny("by user", "user.uid = 65534 and proc.exe_hash.sha256 = " + sha256_of(program_))});
  EXPECT_EQ(kRan, run(program_));
  EXPECT_EQ(EPERM, run(copy));
  const auto as_nobody = [](const std::string& path) {
    Child child([&] {
      if (setuid(65534) != 0) return 1;
      execl(path.c_str(), "helper", "exit", "42", nullptr);
      return errno;
    });
    child.go();
    return WEXITSTATUS(child.wait());
  };
  EXPECT_EQ(EPERM, as_nobody(program_));
  // set-user-ID: the user that it is going to be counts
  ASSERT_EQ(0, chown(program_.c_str(), 65534, 65534));
  ASSERT_EQ(0, chmod(program_.c_str(), 04755));
  EXPECT_EQ(EPERM, run(program_));
  ASSERT_EQ(0, chown(program_.c_str(), 0, 0));
  ASSERT_EQ(0, chmod(program_.c_str(), 04755));
  EXPECT_EQ(kRan, as_nobody(program_));
  EXPECT_EQ(0, sensor.stop()) << sensor.log();
}

TEST_F(EnforceDigest, AuditSaysWhatWouldBe) {
  Sensor sensor({.rules = deny("known bad", "proc.exe_hash.sha256 = " + sha256_of(program_), "  mode: audit\n")});
  pid_t pid = 0;
  EXPECT_EQ(kRan, run(program_, &pid));
  const Json alert = sensor.next_alert("known bad", pid);
  ASSERT_FALSE(alert.is_null()) << sensor.log();
  EXPECT_EQ("would_deny", alert.at("event").at("decision"));
  EXPECT_EQ(0, run("/bin/true"));
  EXPECT_EQ(0, sensor.stop()) << sensor.log();
}

TEST_F(EnforceDigest, KillEndsTheProcess) {
  std::string rule = deny("known bad", "proc.exe_hash.sha256 = " + sha256_of(program_));
  rule.replace(rule.find("deny"), 4, "kill");
  Sensor sensor({.rules = rule});
  EXPECT_EQ(128 + SIGKILL, run(program_));
  EXPECT_FALSE(sensor.next_alert("known bad").is_null()) << sensor.log();
}

// The programs come and go with the rules.
TEST_F(EnforceDigest, RulesThatComeLater) {
  const std::string rules = directory_ / "rules.yaml", config = directory_ / "config.yaml";
  const std::string socket = directory_ / "control.sock";
  const std::string others = deny("other", "proc.exepath = /nowhere", "  mode: audit\n");
  const std::string digest = "proc.exe_hash.sha256 = " + sha256_of(program_);
  write_file(config, "{}\n");
  write_file(rules, others);
  Sensor sensor({.arguments = {"--rules", rules, "--rules-watch", "false", "--control", socket}});
  const auto reload = [&](const std::string& text) {
    write_file(rules, text);
    Child child([&] {
      return execute(picket_binary(), {"picket", "reload", "--config", config, "--control", socket});
    });
    child.go();
    return child.wait();
  };
  EXPECT_EQ(kRan, run(program_));
  ASSERT_EQ(0, reload(deny("known bad", digest))) << sensor.log();
  EXPECT_EQ(EPERM, run(program_));
  ASSERT_EQ(0, reload(deny("known bad", digest, "  mode: audit\n"))) << sensor.log();
  pid_t pid = 0;
  EXPECT_EQ(kRan, run(program_, &pid));
  const Json alert = sensor.next_alert("known bad", pid);
  ASSERT_FALSE(alert.is_null()) << sensor.log();
  EXPECT_EQ("would_deny", alert.at("event").at("decision"));
  ASSERT_EQ(0, reload(others)) << sensor.log();
  EXPECT_EQ(kRan, run(program_));
}

TEST(EnforceDigestOlder, IsRefusedAtStart) {
  if (!(kernel_release() < KernelRelease{5, 18})) GTEST_SKIP() << "the kernel can";
  for (const char* mode : {"", "  mode: audit\n"}) {
    Sensor sensor(
        {.rules = deny("no", "proc.exe_hash.sha256 = " + std::string(64, 'a'), mode), .wait_until_ready = false});
    EXPECT_EQ(5, sensor.wait_for_end(3 * kPatience)) << mode << sensor.log();  // older verifiers take their time
    EXPECT_NE(std::string::npos, sensor.log().find("boot a kernel of 5.18 or later")) << sensor.log();
  }
}

}  // namespace
}  // namespace picket::test
