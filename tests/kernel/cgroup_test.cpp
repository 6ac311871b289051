// SPDX-License-Identifier: Apache-2.0
//
// Cgroups that are made and removed, with every wire field, at the top and below another one.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/system_events.h"

namespace picket::test {
namespace {

const std::string kMount = "/sys/fs/cgroup";

// The cgroup at that path, made by one process and removed by another.
void expect_cgroup(Sensor& sensor, const std::string& path, int level) {
  SCOPED_TRACE(path);
  const std::string directory = kMount + path;
  const std::uint64_t before = boot_clock();
  const auto expect = [&](const char* kind, pid_t pid, int syscall, const struct stat& info) {
    const Fields actual = wire_fields(sensor.next_alert(kind, pid));
    Fields expected = ordinary_header(actual, kind, pid, syscall, before);
    const std::string prefix = kind + std::string(".");
    expected[prefix + "id"] = std::to_string(info.st_ino);
    expected[prefix + "hierarchy"] = "0";
    expected[prefix + "level"] = std::to_string(level);
    expected[prefix + "path"] = path;
    expect_fields(actual, expected);
  };
  struct stat info {};
  Child maker([&] { return mkdir(directory.c_str(), 0755) != 0 ? 1 : pause(); });
  maker.go();
  ASSERT_TRUE(wait_until([&] { return stat(directory.c_str(), &info) == 0; }));
  expect("cgroup_mkdir", maker.pid(), SYS_mkdir, info);
  maker.end();
  Child remover([&] { return rmdir(directory.c_str()) != 0 ? 1 : pause(); });
  remover.go();
  expect("cgroup_rmdir", remover.pid(), SYS_rmdir, info);
}

TEST_F(SystemEvents, EveryWireFieldOfCgroups) {
  const std::string path = "/cgroup-test";
  expect_cgroup(sensor(), path, 1);
  ASSERT_EQ(0, mkdir((kMount + path).c_str(), 0755));
  expect_cgroup(sensor(), path + "/be\"low", 2);
  EXPECT_EQ(0, rmdir((kMount + path).c_str()));
}

}  // namespace
}  // namespace picket::test
