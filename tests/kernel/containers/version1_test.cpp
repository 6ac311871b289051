// SPDX-License-Identifier: Apache-2.0
//
// Cgroups of version 1: a boot of its own, with the controllers mounted as version 1 (tests/kernel/containers/enter).
// The sensor tells cgroups by the hierarchy of the pids controller, one of those in which runc puts its containers.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/kernel/containers/runtime.h"
#include "tests/kernel/containers/scene.h"

namespace picket::test {
namespace {

class ContainersVersion1 : public ContainerScene {};

TEST_F(ContainersVersion1, Runc) {
  struct stat status {};
  ASSERT_EQ(0, stat("/sys/fs/cgroup/pids/cgroup.procs", &status)) << "this boot has no version 1 hierarchy";
  make_bundle("/tmp/old");
  sensor();
  run_in_root({"runc", "run", "-d", "--bundle", "/tmp/old", "old-box"});
  ASSERT_EQ(0, stat("/sys/fs/cgroup/pids/old-box", &status));
  const Json container = next_container("inside");
  EXPECT_EQ("old-box", container["name"]);
  EXPECT_EQ("complete", container["metadata"]);
  EXPECT_EQ(status.st_ino, container["cgroup"]["id"]);
  EXPECT_EQ("/old-box", container["cgroup"]["path"]);
  expect_change(1, "old-box");
  run_in_root({"runc", "delete", "--force", "old-box"});
  expect_change(2, "old-box");
  expect_no_strays();
}

}  // namespace
}  // namespace picket::test
