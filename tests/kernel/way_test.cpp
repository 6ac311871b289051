// SPDX-License-Identifier: Apache-2.0
//
// Rules that ask whether a path contains a name: the kernel passes only paths that have it, wherever it stands, and
// loses none of them.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "tests/kernel/support/kernel.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

constexpr const char* kRules = R"(
- rule: on the way
  desc: A file below a directory of that name.
  condition: open.path contains /.picket-way/
  output: "%open.path"
  priority: WARNING
)";

std::string deep(int names) {
  std::string path;
  for (int i = 0; i < names; ++i) path += "/x";
  return path;
}

void make(const std::string& path) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  write_file(path, "");
}

std::set<std::string> outputs(Sensor& sensor) {
  std::set<std::string> all;
  for (const Json& alert : sensor.alerts()) {
    if (alert.value("rule", "") == "on the way") all.insert(alert.at("message"));
  }
  return all;
}

TEST(Way, AllPathsWithTheNameAreSeen) {
  Directory directory;
  std::set<std::string> with, without;
  for (const char* path : {"/.picket-way/a", "/b/.picket-way/c/d", "/.picket-way/.picket-way/e"}) {
    with.insert(directory.path() + path);
  }
  with.insert(directory.path() + deep(20) + "/.picket-way/f");
  with.insert(directory.path() + "/.picket-way" + deep(20));
  for (const char* path : {"/picket-way/a", "/.picket-way-too/a", "/g/.picket-way"})
    without.insert(directory.path() + path);
  without.insert(directory.path() + deep(20) + "/h");
  for (const std::string& path : with) make(path);
  for (const std::string& path : without) make(path);
  Sensor sensor({.rules = kRules});
  for (const auto* paths : {&with, &without}) {
    for (const std::string& path : *paths) close(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  }
  EXPECT_EQ(0, sensor.stop()) << sensor.log();
  EXPECT_EQ(with, outputs(sensor));
}

// What nobody wants stays in the kernel: the sensor says at its end how many events it was given.
TEST(Way, OtherPathsAreNotReported) {
  constexpr int kOpens = 20'000;
  Directory directory;
  const std::string file = directory / "not-on-the-way";
  write_file(file, "");
  Sensor sensor({.rules = kRules});
  for (int i = 0; i < kOpens; ++i) close(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(0, sensor.stop()) << sensor.log();
  EXPECT_LE(0, sensor.events_seen()) << sensor.log();
  EXPECT_GT(kOpens, sensor.events_seen()) << sensor.log();
}

}  // namespace
}  // namespace picket::test
