// SPDX-License-Identifier: Apache-2.0
//
// Every runtime's state as it is on disk, and what somebody could put there instead.
#include "sensor/process/runtime_state.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/support/state_tree.h"

namespace picket {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr std::int64_t kCreated = 1'786'111'402'000'000'000;  // 2026-08-07T14:03:22Z

class RuntimeStateTest : public testing::Test {
 protected:
  // What is read about the container that the path names.
  Container read(const std::string& cgroup_path, std::optional<StateProblem> expected = std::nullopt) {
    const RuntimeState state(tree_.path(), geteuid());
    Container container;
    auto found = parse_cgroup_path(cgroup_path);
    if (!found) found = state.recognize(cgroup_path);
    if (!found) {
      ADD_FAILURE() << "no container: " << cgroup_path;
      return container;
    }
    container.runtime = found->runtime;
    container.full_id = found->id;
    container.cgroup_path = found->path;
    EXPECT_EQ(state.read(container), expected);
    return container;
  }

  const StateTree tree_;
  const std::string docker_path_ = "/system.slice/docker-" + kContainerId + ".scope";
  const std::string libpod_path_ = "/machine.slice/libpod-" + kContainerId + ".scope";
  const std::string cri_path_ = "/kubepods/burstable/pod" + kPodUid + "/" + kContainerId;
};

TEST_F(RuntimeStateTest, ContainerdCri) {
  tree_.write_cri(cri_path_);
  const Container container = read(cri_path_);
  EXPECT_EQ(container.metadata, Metadata::Complete);
  EXPECT_EQ(container.runtime, Runtime::Containerd);
  EXPECT_EQ(container.name, "nginx");
  EXPECT_EQ(container.image.name, "registry:5000/shop/web:1.2@sha256:" + kImageId);
  EXPECT_EQ(container.image.repository, "registry:5000/shop/web");
  EXPECT_EQ(container.image.tag, "1.2");
  EXPECT_EQ(container.image.digest, "sha256:" + kImageId);
  EXPECT_EQ(container.pod.name, "web-0");
  EXPECT_EQ(container.pod.name_space, "shop");
  EXPECT_EQ(container.pod.uid, kPodUid);
  EXPECT_EQ(container.pod.sandbox_id, kSandboxId);
  EXPECT_EQ(container.pod.container_name, "nginx");
  EXPECT_EQ(container.privileged, false);
  EXPECT_THAT(container.labels, IsEmpty());
  ASSERT_EQ(container.mounts.size(), 1u);
  EXPECT_EQ(container.mounts[0].source, "/var/lib/kubelet/pods/U/etc-hosts");
  EXPECT_EQ(container.mounts[0].destination, "/etc/hosts");
  EXPECT_EQ(container.mounts[0].mode, "rbind,rprivate,ro");
  EXPECT_EQ(container.mounts[0].propagation, "rprivate");
  EXPECT_FALSE(container.mounts[0].writable);
}

TEST_F(RuntimeStateTest, ContainerdCriWithSystemd) {
  const std::string slice = "kubepods-burstable-pod11111111_2222_3333_4444_555555555555.slice";
  tree_.write_cri(slice + ":cri-containerd:" + kContainerId);
  const std::string path = "/kubepods.slice/kubepods-burstable.slice/" + slice + "/cri-containerd-" + kContainerId;
  EXPECT_EQ(read(path + ".scope/nested").pod.name, "web-0");
}

TEST_F(RuntimeStateTest, ContainerdByHand) {
  tree_.write(StateTree::task("default", "demo1"),
              R"({"annotations": {"app": "demo"}, "linux": {"cgroupsPath": "/default/demo1"}})");
  const Container container = read("/default/demo1");
  EXPECT_EQ(container.runtime, Runtime::Containerd);
  EXPECT_EQ(container.name, "demo1");
  EXPECT_THAT(container.labels, ElementsAre(Pair("app", "demo")));
  EXPECT_EQ(container.image.name, "");
}

TEST_F(RuntimeStateTest, Docker) {
  tree_.write_docker();
  const Container container = read(docker_path_);
  EXPECT_EQ(container.name, "dweb");
  EXPECT_EQ(container.image.repository, "localhost/busybox");
  EXPECT_EQ(container.image.tag, "1");
  EXPECT_EQ(container.image.id, kImageId);
  EXPECT_EQ(container.image.digest, "sha256:" + kSandboxId);
  EXPECT_THAT(container.labels, ElementsAre(Pair("a", "b,c"), Pair("tier", "web")));
  EXPECT_EQ(container.privileged, true);
  EXPECT_EQ(container.created, kCreated + 500'000'000);
  ASSERT_EQ(container.mounts.size(), 1u);
  EXPECT_EQ(container.mounts[0].source, "/srv/data");
  EXPECT_FALSE(container.mounts[0].writable);
}

TEST_F(RuntimeStateTest, Podman) {
  tree_.write_podman();
  const Container container = read(libpod_path_ + "/container");
  EXPECT_EQ(container.runtime, Runtime::Podman);
  EXPECT_EQ(container.name, "pweb");
  EXPECT_EQ(container.image.name, "localhost/bbimp:1");
  EXPECT_EQ(container.image.id, kImageId);
  EXPECT_EQ(container.created, kCreated);
  EXPECT_EQ(container.privileged, true);
}

TEST_F(RuntimeStateTest, CriO) {
  tree_.write_crio();
  const Container container = read("/kubepods.slice/kubepods-pod1.slice/crio-" + kContainerId + ".scope");
  EXPECT_EQ(container.runtime, Runtime::CriO);
  EXPECT_EQ(container.name, "nginx");
  EXPECT_EQ(container.image.repository, "quay.io/web");
  EXPECT_EQ(container.image.id, kImageId);
  EXPECT_EQ(container.pod.name, "web-0");
  EXPECT_EQ(container.pod.name_space, "shop");
  EXPECT_EQ(container.pod.uid, kPodUid);
  EXPECT_EQ(container.pod.sandbox_id, kSandboxId);
  EXPECT_THAT(container.pod.labels, ElementsAre(Pair("app", "web")));
  EXPECT_THAT(container.labels, IsEmpty());
  EXPECT_EQ(container.created, kCreated);
}

TEST_F(RuntimeStateTest, Runc) {
  tree_.write_runc("my-runc-1", "/my-runc-1");
  const Container container = read("/my-runc-1");
  EXPECT_EQ(container.runtime, Runtime::Runc);
  EXPECT_EQ(container.name, "my-runc-1");
  EXPECT_EQ(container.rootfs, "/srv/box/rootfs");
  EXPECT_THAT(container.labels, ElementsAre(Pair("org.example", "x=y")));
  EXPECT_EQ(container.privileged, true);
  EXPECT_EQ(container.created, kCreated);
  ASSERT_EQ(container.mounts.size(), 1u);
  EXPECT_EQ(container.mounts[0].destination, "/mnt");
  EXPECT_FALSE(container.mounts[0].writable);
}

TEST_F(RuntimeStateTest, RuncInVersion1AndInAScope) {
  tree_.write("run/runc/box/state.json",
              R"({"cgroup_paths": {"pids": "/sys/fs/cgroup/pids/box", "memory": "/sys/fs/cgroup/memory/box"}})");
  EXPECT_EQ(read("/box").name, "box");
  tree_.write_runc("my-box", "/system.slice/runc-my-box.scope");
  EXPECT_EQ(read("/system.slice/runc-my-box.scope").name, "my-box");
  tree_.write_runc("a-b", "/user.slice/app-a-b.scope");
  EXPECT_EQ(read("/user.slice/app-a-b.scope").name, "a-b");
}

TEST_F(RuntimeStateTest, Crun) {
  tree_.write(
      "run/crun/my-crun-1/status",
      R"({"pid": 7, "cgroup-path": "/my-crun-1", "rootfs": "rootfs", "bundle": "/srv", "created": "2026-08-07T14:03:22Z"})");
  tree_.write("run/crun/my-crun-1/config.json", R"({"annotations": {"org.example": "x"}})");
  const Container container = read("/my-crun-1");
  EXPECT_EQ(container.runtime, Runtime::Crun);
  EXPECT_EQ(container.name, "my-crun-1");
  EXPECT_EQ(container.rootfs, "/srv/rootfs");
  EXPECT_THAT(container.labels, ElementsAre(Pair("org.example", "x")));
}

TEST_F(RuntimeStateTest, Lxc) {
  tree_.write("var/lib/lxc/web/config",
              "# made by lxc-create\nlxc.rootfs.path = dir:/var/lib/lxc/web/rootfs\n"
              "lxc.mount.entry = /srv srv none ro,bind 0 0\nlxc.mount.entry=tmpfs tmp tmpfs defaults\n");
  const Container container = read("/lxc.payload.web/init.scope");
  EXPECT_EQ(container.name, "web");
  EXPECT_EQ(container.rootfs, "dir:/var/lib/lxc/web/rootfs");
  ASSERT_EQ(container.mounts.size(), 1u);
  EXPECT_EQ(container.mounts[0].destination, "/srv");
  EXPECT_FALSE(container.mounts[0].writable);
  read("/user.slice/user-1000.slice/lxc.payload.web", StateProblem::OtherCgroup);
}

TEST_F(RuntimeStateTest, Nspawn) {
  tree_.write(
      "run/systemd/machines/web-1",
      "# This is private data. Do not parse.\nNAME=web-1\nSCOPE=machine-web\\x2d1.scope\nSERVICE=systemd-nspawn\n"
      "ROOT=/var/lib/machines/web-1\nCLASS=container\nREALTIME=1786111402000000\n");
  const Container container = read("/machine.slice/machine-web\\x2d1.scope/payload");
  EXPECT_EQ(container.name, "web-1");
  EXPECT_EQ(container.rootfs, "/var/lib/machines/web-1");
  EXPECT_EQ(container.created, kCreated);

  tree_.write("run/systemd/machines/web-1", "SCOPE=machine-web\\x2d1.scope\nCLASS=vm\n");
  read("/machine.slice/machine-web\\x2d1.scope", StateProblem::OtherCgroup);
}

// ---- what is not trusted ----

TEST_F(RuntimeStateTest, MissingState) {
  read(docker_path_, StateProblem::Missing);
  read(cri_path_, StateProblem::Missing);
  EXPECT_EQ(RuntimeState(tree_.path(), geteuid()).recognize("/system.slice/ssh.service"), std::nullopt);
  EXPECT_EQ(RuntimeState("/nonexistent", geteuid()).recognize("/x"), std::nullopt);
}

// A user's own cgroup, named after a container that is there.
TEST_F(RuntimeStateTest, BorrowedName) {
  const std::string mine = "/user.slice/user-1000.slice/user@1000.service/app.slice";
  tree_.write_docker();
  read(mine + "/docker-" + kContainerId + ".scope", StateProblem::OtherCgroup);
  read(mine + "/docker/" + kContainerId, StateProblem::OtherCgroup);
  tree_.write_cri(cri_path_);
  read(mine + cri_path_, StateProblem::OtherCgroup);
  tree_.write_podman();
  read(mine + libpod_path_, StateProblem::OtherCgroup);
  tree_.write_runc("my-runc-1", "/my-runc-1");
  read(mine + "/my-runc-1", StateProblem::OtherCgroup);
}

TEST_F(RuntimeStateTest, BrokenJson) {
  const std::string file = StateTree::task("default", "demo1");
  for (const std::string& text : std::initializer_list<std::string>{
           "", "{", "[1,2", R"({"linux": {"cgroupsPath": "/default/demo1"})", "nonsense", "\"\xff\"", "{} {}",
           std::string(100000, '['), "{\"a\":" + std::string(65, '{'), "1e999"}) {
    tree_.write(file, text);
    read("/default/demo1", StateProblem::Malformed);
  }
}

// Of the right form, with every type wrong.
TEST_F(RuntimeStateTest, OddTypes) {
  for (const std::string& text : std::initializer_list<std::string>{"null", "7", "[]", "[[[]]]", R"({"linux": []})",
                                                                    R"({"linux": {"cgroupsPath": 7}})",
                                                                    R"({"linux": {"cgroupsPath": "/other"}})"}) {
    tree_.write(StateTree::task("default", "demo1"), text);
    read("/default/demo1", StateProblem::OtherCgroup);
  }
  tree_.write(
      StateTree::task("default", "demo1"),
      R"({"linux": {"cgroupsPath": "/default/demo1", "maskedPaths": 3}, "annotations": ["a"], "mounts": {"a": 1},
                  "process": "x", "root": null})");
  EXPECT_EQ(read("/default/demo1").name, "demo1");
  tree_.write(
      StateTree::task("default", "demo1"),
      R"({"linux": {"cgroupsPath": "/default/demo1"}, "annotations": {"n": 7, "o": {}}, "mounts": [1, {"type": "bind", "options": [2]}]})");
  EXPECT_THAT(read("/default/demo1").labels, ElementsAre(Pair("n", ""), Pair("o", "")));
}

TEST_F(RuntimeStateTest, BoundsOfWhatIsKept) {
  std::string labels, mounts;
  for (int i = 0; i < 5000; ++i) {
    labels += (i ? ",\"k" : "\"k") + std::to_string(i) + "\": \"" + std::string(i == 0 ? 10000 : 1, 'v') + "\"";
    mounts += (i ? ",{" : "{") + std::string(R"("type": "bind", "source": "/a", "destination": "/b"})");
  }
  tree_.write(StateTree::task("default", "demo1"), R"({"linux": {"cgroupsPath": "/default/demo1"}, "annotations": {)" +
                                                       labels + "}, \"mounts\": [" + mounts + "]}");
  const Container container = read("/default/demo1");
  EXPECT_EQ(container.labels.size(), 256u);
  EXPECT_EQ(container.mounts.size(), 256u);
  EXPECT_EQ(container.labels[0].second.size(), 4096u);
}

TEST_F(RuntimeStateTest, HugeFile) {
  const std::string file = StateTree::task("default", "demo1");
  tree_.write(file, "{}");
  ASSERT_EQ(truncate((tree_ / file).c_str(), (8 << 20) + 1), 0);
  read("/default/demo1", StateProblem::TooLarge);
}

TEST_F(RuntimeStateTest, LinkElsewhere) {
  const std::string file = tree_ / StateTree::task("default", "demo1");
  tree_.write("elsewhere", R"({"linux": {"cgroupsPath": "/default/demo1"}})");
  tree_.write(StateTree::task("default", "demo1"), "");
  for (const std::string& target : {tree_ / "elsewhere", std::string("../../../../../elsewhere"),
                                    std::string("config.json"), std::string("/proc/self/fd/0")}) {
    unlink(file.c_str());
    ASSERT_EQ(symlink(target.c_str(), file.c_str()), 0);
    read("/default/demo1", StateProblem::Untrusted);
  }
}

TEST_F(RuntimeStateTest, LinkedDirectory) {
  tree_.write("elsewhere/config.json", R"({"linux": {"cgroupsPath": "/default/demo1"}})");
  const std::string bundles = tree_ / "run/containerd/io.containerd.runtime.v2.task/default";
  std::filesystem::create_directories(bundles);
  ASSERT_EQ(symlink((tree_ / "elsewhere").c_str(), (bundles + "/demo1").c_str()), 0);
  EXPECT_EQ(RuntimeState(tree_.path(), geteuid()).recognize("/default/demo1"), std::nullopt);
}

// The administrator may keep a base directory elsewhere, but not outside of the host's root.
TEST_F(RuntimeStateTest, LinkedBase) {
  tree_.write_docker();
  std::filesystem::create_directories(tree_ / "data");
  std::filesystem::rename(tree_ / "var/lib/docker", tree_ / "data/docker");
  ASSERT_EQ(symlink("/data/docker", (tree_ / "var/lib/docker").c_str()), 0);
  EXPECT_EQ(read(docker_path_).name, "dweb");
}

TEST_F(RuntimeStateTest, NotAFile) {
  const std::string file = tree_ / StateTree::task("default", "demo1");
  tree_.write(StateTree::task("default", "demo1"), "");
  unlink(file.c_str());
  ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
  read("/default/demo1", StateProblem::Untrusted);
  unlink(file.c_str());
  ASSERT_EQ(mkdir(file.c_str(), 0700), 0);
  read("/default/demo1", StateProblem::Untrusted);
}

TEST_F(RuntimeStateTest, WritableForOthers) {
  tree_.write_docker();
  const std::string directory = tree_ / "var/lib/docker/containers/" + kContainerId;
  for (const std::string& path : {directory + "/config.v2.json", directory}) {
    ASSERT_EQ(chmod(path.c_str(), 0757), 0);
    read(docker_path_, StateProblem::Untrusted);
    ASSERT_EQ(chmod(path.c_str(), 0755), 0);
    read(docker_path_);
  }
}

TEST_F(RuntimeStateTest, OwnedBySomebodyElse) {
  tree_.write_docker();
  Container container;
  container.runtime = Runtime::Docker;
  container.full_id = kContainerId;
  container.cgroup_path = docker_path_;
  EXPECT_EQ(RuntimeState(tree_.path(), geteuid() + 1).read(container), StateProblem::Untrusted);
}

TEST(StateTimes, Rfc3339) {
  // Through the one reader that takes times as they come.
  const StateTree tree;
  const auto created = [&tree](const std::string& text) {
    tree.write("run/crun/b/status", R"({"cgroup-path": "/b", "created": ")" + text + "\"}");
    tree.write("run/crun/b/config.json", "{}");
    Container container;
    container.runtime = Runtime::Crun;
    container.full_id = "b";
    container.cgroup_path = "/b";
    EXPECT_EQ(RuntimeState(tree.path(), geteuid()).read(container), std::nullopt);
    return container.created;
  };
  EXPECT_EQ(created("2026-08-07T14:03:22Z"), kCreated);
  EXPECT_EQ(created("2026-08-07T14:03:22.123456789Z"), kCreated + 123'456'789);
  EXPECT_EQ(created("2026-08-07T14:03:22.1234567891234Z"), kCreated + 123'456'789);
  EXPECT_EQ(created("2026-08-07T16:33:22+02:30"), kCreated);
  EXPECT_EQ(created("2026-08-07T11:03:22-03:00"), kCreated);
  for (const char* none : {"", "0001-01-01T00:00:00Z", "2026-08-07", "2026-08-07T14:03:22", "2026-08-07 14:03:22Z",
                           "9999-08-07T14:03:22Z", "2026-0x-07T14:03:22Z", "2026-08-07T14:03:22+02"}) {
    EXPECT_EQ(created(none), 0) << none;
  }
}

}  // namespace
}  // namespace picket
