// SPDX-License-Identifier: Apache-2.0
#include "sensor/process/cgroup_path.h"

#include <gmock/gmock.h>

namespace picket {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const std::string kOther = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";
const std::string kPod = "11111111-2222-3333-4444-555555555555";
const std::string kPodSlice = "pod11111111_2222_3333_4444_555555555555.slice";
const std::string kStaticPod = "230dcb638a85daf1015aba20fbd4eab0";

struct Case {
  std::string path;
  Runtime runtime;
  std::string id, pod_uid;
  std::string below = "";  // the rest of the path, behind the container's own cgroup
};

const Case kContainers[] = {
    {"/docker/" + kId, Runtime::Docker, kId, ""},
    {"/system.slice/docker-" + kId + ".scope", Runtime::Docker, kId, ""},
    {"/system.slice/docker-" + kId + ".scope/init.scope", Runtime::Docker, kId, "", "/init.scope"},
    {"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + kId + ".scope/container", Runtime::Podman,
     kId, "", "/container"},
    {"/machine.slice/libpod-" + kId + ".scope/container", Runtime::Podman, kId, "", "/container"},
    {"/machine.slice/machine-libpod_pod_" + kOther + ".slice/libpod-" + kId + ".scope/container", Runtime::Podman, kId,
     "", "/container"},
    {"/libpod_parent/libpod-" + kId, Runtime::Podman, kId, ""},
    {"/system.slice/web.service/libpod-payload-" + kId, Runtime::Podman, kId, ""},
    {"/kubepods/burstable/pod" + kPod + "/" + kId, Runtime::Unknown, kId, kPod},
    {"/kubepods/besteffort/pod" + kPod + "/" + kId, Runtime::Unknown, kId, kPod},
    {"/kubepods/pod" + kPod + "/" + kId, Runtime::Unknown, kId, kPod},
    {"/kubepods/pod" + kStaticPod + "/" + kId, Runtime::Unknown, kId, kStaticPod},
    {"/kubepods/pod" + kPod + "/crio-" + kId, Runtime::CriO, kId, kPod},
    {"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-" + kPodSlice + "/cri-containerd-" + kId + ".scope",
     Runtime::Containerd, kId, kPod},
    {"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-" + kPodSlice + "/crio-" + kId + ".scope",
     Runtime::CriO, kId, kPod},
    {"/kubepods.slice/kubepods-" + kPodSlice + "/docker-" + kId + ".scope", Runtime::Docker, kId, kPod},
    {"/system.slice/containerd.service/kubepods-burstable-" + kPodSlice + ":cri-containerd:" + kId, Runtime::Containerd,
     kId, kPod},
    {"/user.slice/nerdctl-" + kId + ".scope", Runtime::Containerd, kId, ""},
    {"/somebody/chose/this/" + kId, Runtime::Unknown, kId, ""},
    {"/docker/buildkit/0k2f7vq7n0r9v3l1m4x8s5t6u", Runtime::Buildkit, "0k2f7vq7n0r9v3l1m4x8s5t6u", ""},
    {"/system.slice/runc-my-box.scope", Runtime::Runc, "my-box", ""},
    {"/user.slice/crun-b.scope/x", Runtime::Crun, "b", "", "/x"},
    {"/lxc.payload.web", Runtime::Lxc, "web", ""},
    {"/lxc.payload.web/system.slice/ssh.service", Runtime::Lxc, "web", "", "/system.slice/ssh.service"},
    {"/lxc.payload/web/init.scope", Runtime::Lxc, "web", "", "/init.scope"},
    {"/lxc/web", Runtime::Lxc, "web", ""},
    {"/lxc/w\xc3\xa9\"b\n\xff", Runtime::Lxc, "w\xc3\xa9\"b\n\xff", ""},
    {"/machine.slice/machine-web\\x2d1.scope/payload", Runtime::Nspawn, "web-1", "", "/payload"},
    {"/machine.slice/machine-a\\x2fb\\x00\\xzz\\x2.scope", Runtime::Nspawn, "a\\x2fb\\x00\\xzz\\x2", ""},
    {"/machine.slice/systemd-nspawn@web.service/payload/init.scope", Runtime::Nspawn, "web", "", "/payload/init.scope"},
    // One in another: the innermost counts.
    {"/docker/" + kOther + "/docker/" + kId, Runtime::Docker, kId, ""},
    {"/system.slice/docker-" + kOther + ".scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-" + kPodSlice +
         "/cri-containerd-" + kId + ".scope",
     Runtime::Containerd, kId, kPod},
    {"/lxc.payload.web/docker/" + kId, Runtime::Docker, kId, ""},
    // The keeper of an inner one runs in the outer one.
    {"/docker/" + kId + "/machine.slice/systemd-nspawn@web.service/supervisor", Runtime::Docker, kId, "",
     "/machine.slice/systemd-nspawn@web.service/supervisor"},
    // Names that only look like a pod's.
    {"/podium/" + kId, Runtime::Unknown, kId, ""},
    {"/kubepods/podXYZ/" + kId, Runtime::Unknown, kId, ""},
    {kId, Runtime::Unknown, kId, ""},
    {"//docker//" + kId, Runtime::Unknown, kId, ""},
};

TEST(CgroupPath, Containers) {
  for (const Case& each : kContainers) {
    const auto found = parse_cgroup_path(each.path);
    ASSERT_TRUE(found) << each.path;
    EXPECT_EQ(found->runtime, each.runtime) << each.path;
    EXPECT_EQ(found->id, each.id) << each.path;
    EXPECT_EQ(found->pod_uid, each.pod_uid) << each.path;
    EXPECT_EQ(std::string(found->path) + each.below, each.path);
  }
}

TEST(CgroupPath, Host) {
  for (const std::string& path : std::initializer_list<std::string>{
           "",
           "/",
           "////",
           "/init.scope",
           "/system.slice/containerd.service",
           "/system.slice/docker.service",
           "/user.slice/user-0.slice/session-1.scope",
           "/docker",
           "/docker/buildkit",
           "/docker/short",
           "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-" + kPodSlice,
           "/kubepods.slice/kubepods-" + kPodSlice + "/crio-conmon-" + kId + ".scope",
           "/machine.slice/libpod-conmon-" + kId + ".scope",
           "/machine.slice/machine-libpod_pod_" + kId + ".slice",
           "/machine.slice/systemd-nspawn@web.service/supervisor",
           "/machine.slice/machine-qemu\\x2d1\\x2dguest.scope",
           "/other.slice/machine-web.scope",
           "/lxc.monitor.web",
           "/lxc",
           "/lxc/..",
           "/lxc/.",
           "/lxc.payload.",
           "/system.slice/runc-.scope",
           "/docker-" + kId + ".scop",
           "/docker-" + kId.substr(1) + ".scope",
           "/docker-" + kId + "0.scope",
           "/docker-" + kId.substr(1) + "G.scope",
           std::string("/lxc/a\0b", 8),
           "/my-runc-1",
           "/default/demo1",
       }) {
    EXPECT_EQ(parse_cgroup_path(path), std::nullopt) << path;
  }
}

TEST(CgroupPath, VeryLong) {
  const std::string deep = [] {
    std::string path;
    for (int i = 0; i < 2000; ++i) path += "/a";
    return path;
  }();
  EXPECT_EQ(parse_cgroup_path(deep), std::nullopt);
  const std::string name(4000, 'n');
  EXPECT_EQ(parse_cgroup_path("/lxc.payload." + name + deep)->id, name);
  EXPECT_EQ(parse_cgroup_path("/docker/" + std::string(4000, 'a')), std::nullopt);
}

TEST(CgroupPath, PossibleIds) {
  EXPECT_THAT(possible_ids("/my-runc-1"), ElementsAre("my-runc-1"));
  EXPECT_THAT(possible_ids("/default/demo1"), ElementsAre("demo1"));
  EXPECT_THAT(possible_ids("/user.slice/app-my-box.scope"),
              ElementsAre("app-my-box.scope", "app-my-box", "my-box", "box"));
  EXPECT_THAT(possible_ids("/x/.."), IsEmpty());
  EXPECT_THAT(possible_ids("/"), IsEmpty());
  EXPECT_THAT(possible_ids(""), IsEmpty());
  EXPECT_LE(possible_ids("/" + std::string(300, '-') + ".scope").size(), 9u);
}

TEST(CgroupPath, OfOciConfiguration) {
  EXPECT_EQ(cgroup_path_of("/kubepods/burstable/podX/abc"), "/kubepods/burstable/podX/abc");
  EXPECT_EQ(cgroup_path_of("/docker/x/"), "/docker/x");
  EXPECT_EQ(cgroup_path_of("system.slice:docker:abc"), "/system.slice/docker-abc.scope");
  EXPECT_EQ(cgroup_path_of("kubepods-burstable-podU_U.slice:cri-containerd:abc"),
            "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podU_U.slice/cri-containerd-abc.scope");
  EXPECT_EQ(cgroup_path_of(":runc:abc"), "/system.slice/runc-abc.scope");
  EXPECT_EQ(cgroup_path_of("-.slice:p:n"), "/p-n.scope");
  EXPECT_EQ(cgroup_path_of("a.slice::n.slice"), "/a.slice/n.slice");
  for (const char* neither : {"", "relative/path", "a:b", "nosuffix:b:c"}) EXPECT_EQ(cgroup_path_of(neither), "");
}

}  // namespace
}  // namespace picket
