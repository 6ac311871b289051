// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/containers/runtime.h"
#include "tests/kernel/containers/scene.h"

namespace picket::test {
namespace {

class ContainersPodman : public ContainerScene {
 protected:
  static Ended podman(const std::vector<std::string>& arguments) {
    std::vector<std::string> all = {"podman", "--cgroup-manager=cgroupfs", "--events-backend=file"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run_in_root(all);
  }
  static void SetUpTestSuite() {
    make_image("/tmp/podman-image.tar", "localhost/helper:1");
    podman({"load", "-i", "/tmp/podman-image.tar"});
  }
};

TEST_F(ContainersPodman, Run) {
  sensor();
  const std::string output =
      podman({"run", "-d", "--name", "pweb", "--network", "none", "--log-driver", "k8s-file", "localhost/helper:1"})
          .output;
  const std::string id = output.substr(output.rfind('\n', output.size() - 2) + 1, 64);

  Json container = next_container("inside");
  EXPECT_FALSE(container["mounts"].empty());  // what podman puts into every container
  container.erase("mounts");
  EXPECT_GT(container["cgroup"]["id"], 1);
  container["cgroup"].erase("id");
  EXPECT_EQ(64u, container["image"].value("id", "").size());
  container["image"].erase("id");
  container.erase("labels");  // podman's notes to itself
  container.erase("rootfs");
  expect_json(container, {{"metadata", "complete"},
                          {"runtime", "podman"},
                          {"id", id.substr(0, 12)},
                          {"full_id", id},
                          {"name", "pweb"},
                          {"image", {{"name", "localhost/helper:1"}, {"repository", "localhost/helper"}, {"tag", "1"}}},
                          {"privileged", false},
                          {"created", "then"},
                          {"started", "then"},
                          {"cgroup", {{"path", "/libpod_parent/libpod-" + id}}}});
  expect_change(1, id);
  podman({"rm", "--force", "--time", "0", "pweb"});
  expect_change(2, id);
  expect_no_strays();
}

}  // namespace
}  // namespace picket::test
