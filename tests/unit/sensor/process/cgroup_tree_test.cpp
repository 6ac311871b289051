// SPDX-License-Identifier: Apache-2.0
#include "sensor/process/cgroup_tree.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/support/state_tree.h"

namespace picket {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr std::string_view kCgroups =
    "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpuset\t3\t1\t1\ncpu\t5\t1\t1\nmemory\t8\t1\t1\npids\t11\t4\t1\n";

TEST(CgroupHierarchy, Unified) {
  const auto found =
      find_hierarchy("29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n", kCgroups);
  EXPECT_EQ(found.mount, "/sys/fs/cgroup");
  EXPECT_EQ(found.controller, "");
  EXPECT_EQ(found.id, 0u);
}

TEST(CgroupHierarchy, Hybrid) {
  const auto found = find_hierarchy(
      "30 29 0:27 / /sys/fs/cgroup/unified rw shared:9 - cgroup2 cgroup2 rw\n"
      "31 29 0:28 / /sys/fs/cgroup/systemd rw shared:10 - cgroup cgroup rw,xattr,name=systemd\n"
      "32 29 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:11 - cgroup cgroup rw,cpu,cpuacct\n"
      "33 29 0:30 / /sys/fs/cgroup/pids rw shared:12 - cgroup cgroup rw,pids\n",
      kCgroups);
  EXPECT_EQ(found.mount, "/sys/fs/cgroup/pids");
  EXPECT_EQ(found.controller, "pids");
  EXPECT_EQ(found.id, 11u);
}

TEST(CgroupHierarchy, WithoutPids) {
  const auto found = find_hierarchy(
      "32 29 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
      "33 29 0:30 /part /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
      kCgroups);
  EXPECT_EQ(found.mount, "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_EQ(found.id, 5u);
}

TEST(CgroupHierarchy, Nonsense) {
  for (const char* text : {"", "\n\n", "- - -", "a b c / d - cgroup2", "1 2 3 / - - - - -\n"}) {
    EXPECT_EQ(find_hierarchy(text, text).id, 0u);
  }
}

TEST(CgroupTree, Walk) {
  const test::StateTree tree;
  tree.write("a/b/cgroup.procs", "");
  tree.write("c/tasks", "");
  ASSERT_EQ(symlink("a", (tree / "link").c_str()), 0);
  std::vector<std::string> paths;
  walk_cgroups(tree.path(), [&](std::uint64_t id, std::string_view path) {
    paths.emplace_back(path);
    struct stat status {};
    ASSERT_EQ(stat((tree.path() + std::string(path)).c_str(), &status), 0);
    EXPECT_EQ(status.st_ino, id);
  });
  EXPECT_THAT(paths, UnorderedElementsAre("/a", "/a/b", "/c"));
  EXPECT_LT(std::find(paths.begin(), paths.end(), "/a"), std::find(paths.begin(), paths.end(), "/a/b"));
  walk_cgroups("/nonexistent", [](std::uint64_t, std::string_view) { FAIL(); });
}

}  // namespace
}  // namespace picket
