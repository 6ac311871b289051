// SPDX-License-Identifier: Apache-2.0
//
// runc and crun by hand: containers that no path names as such, known by the runtimes' own state.
#include <signal.h>
#include <sys/stat.h>

#include "tests/kernel/containers/runtime.h"
#include "tests/kernel/containers/scene.h"
#include "tests/kernel/support/files.h"
#include "tests/kernel/support/wait.h"

namespace picket::test {
namespace {

std::uint64_t cgroup_id(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(0, stat(("/sys/fs/cgroup" + path).c_str(), &status)) << path;
  return status.st_ino;
}

class ContainersOci : public ContainerScene {
 protected:
  static void SetUpTestSuite() {
    make_bundle("/tmp/box",
                {{"annotations", {{"org.example", "x"}}},
                 {"mounts",
                  {{{"destination", "/proc"}, {"type", "proc"}, {"source", "proc"}},
                   {{"destination", "/mnt"}, {"type", "bind"}, {"source", "/var"}, {"options", {"rbind", "ro"}}}}}});
  }

  pid_t start(const std::string& runtime, const std::string& id, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {runtime, "run", "-d", "--bundle", "/tmp/box", "--pid-file", "/tmp/" + id};
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.push_back(id);
    run_in_root(arguments);
    return pid_in(in_root("/tmp/" + id));
  }

  Json expected(const std::string& runtime, const std::string& id, const std::string& mode) {
    return {{"metadata", "complete"},
            {"runtime", runtime},
            {"id", id},
            {"full_id", id},
            {"name", id},
            {"labels", {{{"name", "org.example"}, {"value", "x"}}}},
            {"privileged", false},
            {"mounts", {{{"source", "/var"}, {"destination", "/mnt"}, {"mode", mode}, {"writable", false}}}},
            {"rootfs", "/tmp/box/rootfs"},
            {"created", "then"},
            {"started", "then"},
            {"cgroup", {{"id", cgroup_id("/" + id)}, {"path", "/" + id}}}};
  }
};

TEST_F(ContainersOci, Runc) {
  sensor();
  const pid_t pid = start("runc", "runc-box");
  const Json container = expected("runc", "runc-box", "ro");
  expect_json(next_container("inside", pid), container);
  expect_change(1, "runc-box");
  run_in_root({"runc", "delete", "--force", "runc-box"});
  expect_change(2, "runc-box");
  expect_no_strays();
}

TEST_F(ContainersOci, Crun) {
  sensor();
  const pid_t pid = start("crun", "crun-box");
  expect_json(next_container("inside", pid), expected("crun", "crun-box", "rbind,ro"));
  expect_change(1, "crun-box");
  run_in_root({"crun", "delete", "--force", "crun-box"});
  expect_change(2, "crun-box");
  expect_no_strays();
}

// What is executed in a container later, by the runtime.
TEST_F(ContainersOci, ExecIntoAContainer) {
  sensor();
  start("runc", "exec-box");
  next_container("inside");
  run_in_root({"runc", "exec", "exec-box", "/helper", "exit", "0"});
  EXPECT_EQ("exec-box", next_container("inside")["id"]);
  run_in_root({"runc", "delete", "--force", "exec-box"});
  expect_no_strays();
}

TEST_F(ContainersOci, RunningBeforeTheSensor) {
  start("runc", "early-box");
  Json container = expected("runc", "early-box", "ro");
  container.erase("started");
  sensor();
  expect_change(3, "early-box");
  run_in_root({"runc", "exec", "early-box", "/helper", "exit", "0"});
  expect_json(next_container("inside"), container);
  run_in_root({"runc", "delete", "--force", "early-box"});
  expect_change(2, "early-box");
  EXPECT_EQ(0, changes(1, "early-box"));
}

// The sensor in a container of its own sees the host's root elsewhere.
TEST_F(ContainersOci, HostRootElsewhere) {
  sensor_arguments_ = {"--host-root", "/containers"};
  sensor();
  const pid_t pid = start("runc", "prefix-box");
  EXPECT_EQ("complete", next_container("inside", pid)["metadata"]);
  run_in_root({"runc", "delete", "--force", "prefix-box"});
}

// A cgroup below that of a container is the container's.
TEST_F(ContainersOci, CgroupBelow) {
  sensor();
  const pid_t pid = start("runc", "nested-box");
  next_container("inside", pid);
  const std::string below = "/sys/fs/cgroup/nested-box/below";
  ASSERT_EQ(0, mkdir(below.c_str(), 0755));
  const std::string command = "echo $$ >" + below + "/cgroup.procs; exec chroot /tmp/box/rootfs /helper exit 0";
  run_in_root({"bash", "-c", command});
  EXPECT_EQ("nested-box", next_container("inside")["id"]);
  kill(pid, SIGKILL);
  wait_until([&] { return rmdir(below.c_str()) == 0; });
  run_in_root({"runc", "delete", "--force", "nested-box"});
  expect_change(2, "nested-box");
  expect_no_strays();
}

// Who may make cgroups may name them after containers, and gains nothing by it.
TEST_F(ContainersOci, BorrowedName) {
  sensor();
  start("runc", "real-box");
  next_container("inside");
  const std::string elsewhere = "/sys/fs/cgroup/elsewhere";
  ASSERT_EQ(0, mkdir(elsewhere.c_str(), 0755));
  ASSERT_EQ(0, mkdir((elsewhere + "/real-box").c_str(), 0755));
  run_in_root(
      {"bash", "-c", "echo $$ >" + elsewhere + "/real-box/cgroup.procs; exec chroot /tmp/box/rootfs /helper exit 0"});
  EXPECT_FALSE(sensor().next_alert("stray").contains("container"));
  rmdir((elsewhere + "/real-box").c_str());
  rmdir(elsewhere.c_str());
  run_in_root({"runc", "delete", "--force", "real-box"});
}

}  // namespace
}  // namespace picket::test
