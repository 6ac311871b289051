// SPDX-License-Identifier: Apache-2.0
//
// A kernel without `bpf` in its LSM list, which takes LSM programs and never calls them. The same programs then run at
// the end of the functions that call the hooks: they see everything, with what the other security modules decided, and
// can refuse nothing. That is said once, by the sensor at start and by `picket doctor`.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/landlock.h>
#include <linux/prctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

constexpr const char* kExecRule = R"(
- rule: exec
  desc: The helper.
  condition: evt.type = execve and exec.argv contains marked-by-lsm-test
  output: "ran %proc.cmdline"
  priority: DEBUG
)";

constexpr const char* kOpenRule = R"(
- rule: open
  desc: Marked files.
  condition: open.path endswith marked-by-lsm-test
  output: "path=%open.path\nerror=%header.error"
  priority: DEBUG
)";

const char* const kObserving = "operations are observed and cannot be refused";

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// From now on this process may read no file.
bool give_up_reading() {
  landlock_ruleset_attr rights{};
  rights.handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE;
  const int rules = static_cast<int>(syscall(SYS_landlock_create_ruleset, &rights, sizeof rights, 0));
  return rules >= 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall(SYS_landlock_restrict_self, rules, 0) == 0;
}

}  // namespace

TEST(WithoutBpfLsm, ProcessRulesWork) {
  Sensor sensor({.rules = kExecRule});
  Child child([] { return execute(helper_binary(), {"helper", "exit", "0", "marked-by-lsm-test"}); });
  EXPECT_EQ(0, child.wait());
  sensor.next_alert("exec", child.pid());
}

TEST(WithoutBpfLsm, HooksObserveAndTheSensorSaysSoOnce) {
  Directory directory;
  const std::string file = directory / "marked-by-lsm-test";
  write_file(file, "");
  Sensor sensor({.rules = kOpenRule});
  Child child([&] { return open(file.c_str(), O_RDONLY) < 0; });
  EXPECT_EQ(0, child.wait());
  const Fields expected = {{"path", file}, {"error", "0"}};
  EXPECT_EQ(expected, wire_fields(sensor.next_alert("open", child.pid())));
  EXPECT_EQ(1, sensor.policy().at("event").at("policy").at("observe_only"));
  EXPECT_EQ(0, sensor.stop());
  EXPECT_EQ(1u, count(sensor.log(), kObserving)) << sensor.log();
  EXPECT_EQ(1u, count(sensor.log(), "add this boot parameter: lsm=")) << sensor.log();
}

TEST(WithoutBpfLsm, WhatAnotherModuleRefusedIsDenied) {
  Directory directory;
  const std::string file = directory / "marked-by-lsm-test";
  write_file(file, "");
  Sensor sensor({.rules = kOpenRule});
  Child child([&] {
    if (!give_up_reading()) return 1;
    return open(file.c_str(), O_RDONLY) < 0 && errno == EACCES ? 0 : 2;
  });
  EXPECT_EQ(0, child.wait());
  const Json alert = sensor.next_alert("open", child.pid());
  ASSERT_FALSE(alert.is_null());
  const Fields expected = {{"path", file}, {"error", std::to_string(-EACCES)}};
  EXPECT_EQ(expected, wire_fields(alert));
  EXPECT_EQ("denied", alert.at("event").at("decision")) << alert;
  EXPECT_EQ(EACCES, alert.at("event").at("errno")) << alert;
}

TEST(WithoutBpfLsm, DoctorSaysWhatIsMissingAndIsContent) {
  Directory directory;
  const std::string output = directory / "output";
  Child child([&] {
    if (dup2(open(output.c_str(), O_WRONLY | O_CREAT, 0600), 1) < 0) return 126;
    return execute(picket_binary(), {"picket", "doctor"});
  });
  EXPECT_EQ(0, child.wait());
  const std::string text = read_file(output);
  EXPECT_NE(std::string::npos, text.find(kObserving)) << text;
  EXPECT_NE(std::string::npos, text.find("add this boot parameter: lsm=")) << text;
  EXPECT_EQ(std::string::npos, text.find("  no   event open ")) << text;
}

}  // namespace picket::test
