// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/support/facts.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include <cstdio>
#include <sstream>

#include "tests/kernel/support/files.h"

namespace picket::test {
namespace {

std::uint64_t inode_of(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(0, stat(path.c_str(), &info)) << path;
  return info.st_ino;
}

}  // namespace

std::string stat_field(pid_t pid, int number) {
  const std::string text = read_file("/proc/" + std::to_string(pid) + "/stat");
  std::istringstream rest(text.substr(text.rfind(')') + 1));  // field 2, the name, may hold anything
  std::string field;
  for (int i = 3; i <= number; ++i) rest >> field;
  return field;
}

std::string key_of(pid_t pid) {
  const std::uint64_t key = std::stoull(stat_field(pid, 22)) << 22 | static_cast<std::uint64_t>(pid);
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(key));
  return digits;
}

std::uint64_t namespace_of(pid_t pid, const std::string& name) {
  return inode_of("/proc/" + std::to_string(pid) + "/ns/" + name);
}

std::uint64_t cgroup_of(pid_t pid) {
  std::string line = read_file("/proc/" + std::to_string(pid) + "/cgroup");
  line = line.substr(line.find("0::") + 3);
  return inode_of("/sys/fs/cgroup" + line.substr(0, line.find('\n')));
}

std::uint32_t kernel_device(dev_t device) { return major(device) << 20 | minor(device); }

std::vector<std::string> arguments_of(pid_t pid) {
  std::istringstream text(read_file("/proc/" + std::to_string(pid) + "/cmdline"));
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(text, argument, '\0');) arguments.push_back(argument);
  return arguments;
}

std::uint64_t boot_clock() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace picket::test
