// SPDX-License-Identifier: Apache-2.0
//
// The DEB, installed for real, started as its systemd unit says: the installed binary, configuration and rules, with no
// more capabilities than the unit leaves it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sstream>

#include "tests/kernel/support/alert.h"
#include "tests/kernel/support/child.h"
#include "tests/kernel/support/files.h"
#include "tests/kernel/support/wait.h"

namespace picket::test {
namespace {

constexpr const char* kUnit = "/usr/lib/systemd/system/picket.service";
constexpr const char* kAlerts = "/var/log/picket/alerts.json";

// The words after `key=` in the unit.
std::vector<std::string> setting(const std::string& key) {
  std::istringstream unit(read_file(kUnit));
  for (std::string line; std::getline(unit, line);) {
    if (!line.starts_with(key + "=")) continue;
    std::istringstream words(line.substr(key.size() + 1));
    return {std::istream_iterator<std::string>(words), {}};
  }
  ADD_FAILURE() << kUnit << " has no " << key;
  return {};
}

// "-all,+bpf,+perfmon" from "CAP_BPF CAP_PERFMON", as setpriv wants it.
std::string bounding_set() {
  std::string set = "-all";
  for (const std::string& capability : setting("CapabilityBoundingSet")) {
    std::string name = capability.substr(std::string("CAP_").size());
    for (char& letter : name) letter = static_cast<char>(std::tolower(letter));
    set += ",+" + name;
  }
  return set;
}

TEST(Package, InstalledServiceWatches) {
  const char* package = std::getenv("PICKET_PACKAGE");
  ASSERT_NE(nullptr, package);
  Child install([&] { return execute("/usr/bin/dpkg", {"dpkg", "--install", package}); });
  ASSERT_EQ(0, install.wait());
  Child logs([] { return execute("/usr/bin/mkdir", {"mkdir", "-p", "/var/log/picket"}); });  // LogsDirectory=
  ASSERT_EQ(0, logs.wait());

  std::vector<std::string> command = {"setpriv", "--no-new-privs", "--inh-caps=-all", "--bounding-set", bounding_set()};
  for (const std::string& word : setting("ExecStart")) command.push_back(word);
  const std::string log = "/run/picket-service.log";
  Child service([&] {
    const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (dup2(output, 1) < 0 || dup2(output, 2) < 0) return 1;
    return execute("/usr/bin/setpriv", command);
  });
  service.go();
  ASSERT_TRUE(wait_until([&] { return read_file(log).find("picket: ready") != std::string::npos; })) << read_file(log);

  Child intruder([] { return execute("/usr/bin/cat", {"cat", "/etc/shadow"}); });
  EXPECT_EQ(0, intruder.wait());
  Json alert;
  const bool seen = wait_until([&] {
    std::istringstream lines(read_file(kAlerts));
    for (std::string line; std::getline(lines, line);) {
      alert = Json::parse(line, nullptr, false);
      if (!alert.is_discarded() && pid_of(alert) == intruder.pid()) return true;
    }
    return false;
  });
  ASSERT_TRUE(seen) << read_file(log) << read_file(kAlerts);
  EXPECT_EQ("Credential file read by untrusted program", rule_of(alert));
  EXPECT_EQ("/etc/shadow", alert.at("event").at("open").at("path"));
  EXPECT_EQ("/usr/bin/cat", alert.at("process").at("exe"));

  kill(service.pid(), SIGTERM);
  EXPECT_EQ(0, service.wait()) << read_file(log);
  Child purge([] { return execute("/usr/bin/dpkg", {"dpkg", "--purge", "picket"}); });
  EXPECT_EQ(0, purge.wait());
}

}  // namespace
}  // namespace picket::test
