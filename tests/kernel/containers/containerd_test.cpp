// SPDX-License-Identifier: Apache-2.0
//
// containerd: a container made by hand with ctr, and a Kubernetes pod through the CRI, with its pause container. The
// CRI is gRPC: HTTP/2 by curl, and the few messages that are needed are put together here.
#include <memory>

#include "tests/kernel/containers/runtime.h"
#include "tests/kernel/containers/scene.h"
#include "tests/kernel/support/files.h"
#include "tests/kernel/support/wait.h"

namespace picket::test {
namespace {

// ---- protocol buffers ----

std::string varint(std::size_t number) {
  std::string bytes;
  for (; number >= 0x80; number >>= 7) bytes += static_cast<char>(0x80 | (number & 0x7f));
  return bytes + static_cast<char>(number);
}

// A field of a message: text, bytes, or another message.
std::string field(unsigned number, const std::string& bytes) {
  return varint(number << 3 | 2) + varint(bytes.size()) + bytes;
}
std::string field(unsigned number, std::size_t value) { return varint(number << 3) + varint(value); }

// ---- the CRI's messages, by the numbers of their fields in api.proto ----

const std::string kUid = "11111111-2222-3333-4444-555555555555";
constexpr std::size_t kOfNode = 2;  // NamespaceMode

std::string host_network() { return field(1, kOfNode) + field(2, std::size_t{1}); }

std::string sandbox_config() {
  const std::string metadata = field(1, "web-0") + field(2, kUid) + field(3, "shop");
  const std::string linux_config = field(1, "/kubepods/burstable/pod" + kUid) + field(2, field(1, host_network()));
  return field(1, metadata) + field(3, "/tmp/pod-logs") + field(8, linux_config);
}

std::string container_config(const std::string& image) {
  return field(1, field(1, "nginx")) + field(2, field(1, image)) + field(3, "/helper") + field(4, "wait") +
         field(11, "nginx.log") + field(15, field(2, field(3, host_network())));
}

class ContainersContainerd : public ContainerScene {
 protected:
  static void SetUpTestSuite() {
    containerd().reset(new Daemon({"containerd"}));
    const auto answers = [] { return try_in_root({"ctr", "version"}).status == 0; };
    ASSERT_TRUE(wait_until(answers, std::chrono::seconds(120))) << read_file("/run/containerd.log");
    import("default", "localhost/helper:1");
    import("k8s.io", "localhost/helper:1");
    import("k8s.io", "registry.k8s.io/pause:3.6");
  }
  static void TearDownTestSuite() { containerd().reset(); }

  static void import(const std::string& name_space, const std::string& image) {
    make_image("/tmp/image.tar", image);
    run_in_root({"ctr", "-n", name_space, "images", "import", "/tmp/image.tar"});
  }

  // Calls a method; the id that is its answer's only field, or nothing.
  static std::string call(const std::string& method, const std::string& message) {
    const std::string length = {0, static_cast<char>(message.size() >> 24), static_cast<char>(message.size() >> 16),
                                static_cast<char>(message.size() >> 8), static_cast<char>(message.size())};
    write_file(in_root("/tmp/request"), length + message);
    run_in_root({"curl", "-sS", "--http2-prior-knowledge", "--unix-socket", "/run/containerd/containerd.sock", "-H",
                 "content-type: application/grpc", "-H", "te: trailers", "--data-binary", "@/tmp/request", "-o",
                 "/tmp/answer", "-D", "/tmp/headers", "http://localhost/runtime.v1.RuntimeService/" + method});
    const std::string headers = read_file(in_root("/tmp/headers"));
    EXPECT_NE(std::string::npos, headers.find("grpc-status: 0")) << method << ": " << headers;
    const std::string answer = read_file(in_root("/tmp/answer"));
    constexpr std::size_t kFrame = 5, kTagAndLength = 2, kId = 64;
    return answer.size() < kFrame + kTagAndLength + kId ? "" : answer.substr(kFrame + kTagAndLength, kId);
  }

  static std::unique_ptr<Daemon>& containerd() {
    static std::unique_ptr<Daemon> daemon;
    return daemon;
  }
};

TEST_F(ContainersContainerd, ByHand) {
  sensor();
  run_in_root({"ctr", "run", "-d", "--label", "app=demo", "localhost/helper:1", "demo1"});
  Json container = next_container("inside");
  EXPECT_GT(container["cgroup"]["id"], 1);
  container["cgroup"].erase("id");
  container.erase("rootfs");
  // The image's name is in containerd's database only.
  expect_json(container, {{"metadata", "complete"},
                          {"runtime", "containerd"},
                          {"id", "demo1"},
                          {"full_id", "demo1"},
                          {"name", "demo1"},
                          {"labels", {{{"name", "app"}, {"value", "demo"}}}},
                          {"privileged", false},
                          {"started", "then"},
                          {"cgroup", {{"path", "/default/demo1"}}}});
  expect_change(1, "demo1");
  run_in_root({"ctr", "task", "delete", "--force", "demo1"});
  expect_change(2, "demo1");
  expect_no_strays();
}

TEST_F(ContainersContainerd, Pod) {
  sensor();
  const std::string sandbox = call("RunPodSandbox", field(1, sandbox_config()));
  ASSERT_EQ(64u, sandbox.size());
  Json pause = next_container("inside");
  const std::string id = call("CreateContainer", field(1, sandbox) + field(2, container_config("localhost/helper:1")) +
                                                     field(3, sandbox_config()));
  call("StartContainer", field(1, id));
  Json container = next_container("inside");

  const Json pod = {{"name", "web-0"}, {"namespace", "shop"}, {"uid", kUid}, {"sandbox_id", sandbox}};
  const auto expected = [&pod](const std::string& full_id, const std::string& name) -> Json {
    return {{"metadata", "complete"},
            {"runtime", "containerd"},
            {"id", full_id.substr(0, 12)},
            {"full_id", full_id},
            {"name", name},
            {"privileged", false},
            {"started", "then"},
            {"pod", pod},
            {"cgroup", {{"path", "/kubepods/burstable/pod" + kUid + "/" + full_id}}}};
  };
  for (Json* each : {&pause, &container}) {
    (*each)["cgroup"].erase("id");
    each->erase("mounts");
    each->erase("rootfs");
  }
  expect_json(pause, expected(sandbox, "web-0"));
  Json inside = expected(id, "nginx");
  inside["image"] = {{"name", "localhost/helper:1"}, {"repository", "localhost/helper"}, {"tag", "1"}};
  inside["pod"]["container_name"] = "nginx";
  expect_json(container, inside);
  expect_change(1, sandbox);
  expect_change(1, id);
  call("StopPodSandbox", field(1, sandbox));
  expect_change(2, id);
  expect_change(2, sandbox);
  expect_no_strays();
}

}  // namespace
}  // namespace picket::test
