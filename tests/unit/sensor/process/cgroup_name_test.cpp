// SPDX-License-Identifier: Apache-2.0
//
// What the kernel makes of a new cgroup's name, against what its path says: no container is taken for the host's.
#include "bpf/shared/cgroup_name.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "sensor/process/cgroup_path.h"

namespace picket {
namespace {

bool may_be_container(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string name = path.substr(slash + 1), front = path.substr(0, slash);
  const std::string above = front.substr(front.rfind('/') + 1);
  pk_cgroup_name bytes{};
  const std::size_t length = name.copy(reinterpret_cast<char*>(bytes.bytes), sizeof bytes.bytes - 1);
  char first[8] = {};
  above.copy(first, sizeof first - 1);
  std::uint64_t word = 0;
  std::memcpy(&word, first, sizeof word);
  return pk_may_be_container(&bytes, static_cast<std::uint32_t>(length), word) != 0;
}

const std::string kId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

TEST(CgroupName, MayBeAContainers) {
  const std::string paths[] = {
      "/docker/" + kId,
      "/system.slice/docker-" + kId + ".scope",
      "/kubepods/burstable/pod1/" + kId,
      "/kubepods.slice/x.slice/cri-containerd-" + kId + ".scope",
      "/kubepods.slice/x.slice/crio-" + kId,
      "/machine.slice/libpod-" + kId + ".scope",
      "/web.service/libpod-payload-" + kId,
      "/system.slice/containerd.service/kubepods-burstable-pod1.slice:cri-containerd:" + kId,
      "/user.slice/nerdctl-" + kId + ".scope",
      "/docker/buildkit/0k2f7vq7n0r9v3l1m4x8s5t6u",
      "/system.slice/runc-my-box.scope",
      "/user.slice/crun-b.scope",
      "/lxc.payload.web",
      "/lxc.payload/web",
      "/lxc/web",
      "/machine.slice/machine-web.scope",
      "/machine.slice/systemd-nspawn@web.service",
  };
  for (const std::string& path : paths) {
    EXPECT_TRUE(parse_cgroup_path(path)) << path;
    EXPECT_TRUE(may_be_container(path)) << path;
  }
  EXPECT_TRUE(may_be_container("/" + std::string(127, '-'))) << "it may go on";
}

TEST(CgroupName, IsTheHosts) {
  for (const char* path : {"/system.slice", "/system.slice/ssh.service", "/user.slice/user-1000.slice/session-4.scope",
                           "/user.slice/user-1000.slice/user@1000.service/app.slice", "/init.scope", "/lxc", "/docker",
                           "/system.slice/systemd-journald.service", "/kubepods/burstable", "/runc", "/lxc.monitor.web",
                           "/app-gnome-org.gnome.Terminal-12345.scope", "/0123456789abcdefghijklmn"}) {
    EXPECT_FALSE(parse_cgroup_path(path)) << path;
    EXPECT_FALSE(may_be_container(path)) << path;
  }
}

}  // namespace
}  // namespace picket
