// SPDX-License-Identifier: Apache-2.0
//
// The state of container runtimes in a temporary directory, for tests: what each of them writes, as seen on real
// machines, cut down to what is read of it.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace picket::test {

inline const std::string kContainerId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
inline const std::string kSandboxId = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";
inline const std::string kImageId = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
inline const std::string kPodUid = "11111111-2222-3333-4444-555555555555";

class StateTree {
 public:
  StateTree() {
    char name[] = "/tmp/picket-state-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~StateTree() { std::filesystem::remove_all(path_); }
  StateTree(const StateTree&) = delete;
  StateTree& operator=(const StateTree&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  // Makes the file and the directories above it.
  void write(const std::string& name, const std::string& text) const {
    const std::filesystem::path file = path_ + "/" + name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::trunc) << text;
  }

  static std::string task(const std::string& name_space, const std::string& id) {
    return "run/containerd/io.containerd.runtime.v2.task/" + name_space + "/" + id + "/config.json";
  }
  static std::string userdata(const std::string& id) {
    return "var/lib/containers/storage/overlay-containers/" + id + "/userdata/config.json";
  }

  void write_cri(const std::string& cgroups_path) const {
    write(
        task("k8s.io", kContainerId),
        R"({"ociVersion": "1.0.2", "root": {"path": "rootfs"}, "process": {"capabilities": {"bounding": ["CAP_CHOWN"]}},
      "mounts": [{"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid"]},
                 {"destination": "/etc/hosts", "type": "bind", "source": "/var/lib/kubelet/pods/U/etc-hosts", "options": ["rbind", "rprivate", "ro"]}],
      "annotations": {"io.kubernetes.cri.container-name": "nginx", "io.kubernetes.cri.container-type": "container",
        "io.kubernetes.cri.image-name": "registry:5000/shop/web:1.2@sha256:)" +
            kImageId + R"(",
        "io.kubernetes.cri.sandbox-id": ")" +
            kSandboxId + R"(", "io.kubernetes.cri.sandbox-name": "web-0",
        "io.kubernetes.cri.sandbox-namespace": "shop", "io.kubernetes.cri.sandbox-uid": ")" +
            kPodUid + R"("},
      "linux": {"cgroupsPath": ")" +
            cgroups_path + R"(", "maskedPaths": ["/proc/kcore"]}})");
  }

  void write_docker() const {
    const std::string directory = "var/lib/docker/containers/" + kContainerId;
    write(directory + "/config.v2.json",
          R"({"ID": ")" + kContainerId + R"(", "Created": "2026-08-07T14:03:22.5Z", "Name": "/dweb",
      "Image": "sha256:)" +
              kImageId + R"(", "Config": {"Image": "localhost/busybox:1", "Labels": {"tier": "web", "a": "b,c"}},
      "MountPoints": {"/data": {"Source": "/srv/data", "Destination": "/data", "RW": false, "Propagation": "rprivate", "Relabel": "ro"}}})");
    write(directory + "/hostconfig.json", R"({"Privileged": true})");
    write("var/lib/docker/image/overlay2/repositories.json",
          R"({"Repositories": {"localhost/busybox": {"localhost/busybox:1": "sha256:)" + kImageId +
              R"(", "localhost/busybox@sha256:)" + kSandboxId + R"(": "sha256:)" + kImageId + R"("}}})");
    write(task("moby", kContainerId), R"({"linux": {"cgroupsPath": "system.slice:docker:)" + kContainerId + R"("}})");
  }

  void write_podman() const {
    write(userdata(kContainerId),
          R"({"annotations": {"io.container.manager": "libpod", "io.podman.annotations.privileged": "TRUE"},
      "mounts": [], "linux": {"cgroupsPath": "machine.slice:libpod:)" +
              kContainerId + R"("}})");
    write("var/lib/containers/storage/overlay-containers/containers.json",
          R"([{"id": "other", "names": ["x"]},
      {"id": ")" +
              kContainerId + R"(", "names": ["pweb", "alias"], "image": ")" + kImageId +
              R"(", "created": "2026-08-07T16:03:22+02:00",
       "metadata": "{\"image-name\":\"localhost/bbimp:1\",\"name\":\"pweb\"}"}])");
  }

  void write_crio() const {
    write(userdata(kContainerId), R"({"annotations": {"io.kubernetes.cri-o.ContainerID": ")" + kContainerId + R"(",
      "io.kubernetes.cri-o.Name": "k8s_nginx_web-0", "io.kubernetes.cri-o.ImageName": "quay.io/web:2", "io.kubernetes.cri-o.ImageRef": ")" +
                                      kImageId + R"(", "io.kubernetes.cri-o.SandboxID": ")" + kSandboxId +
                                      R"(", "io.kubernetes.cri-o.Created": "2026-08-07T14:03:22Z",
      "io.kubernetes.cri-o.Labels": "{\"io.kubernetes.container.name\":\"nginx\",\"io.kubernetes.pod.name\":\"web-0\",\"io.kubernetes.pod.namespace\":\"shop\",\"io.kubernetes.pod.uid\":\")" +
                                      kPodUid + R"(\"}"}, "linux": {"cgroupsPath": "kubepods-pod1.slice:crio:)" +
                                      kContainerId + R"("}})");
    write(
        userdata(kSandboxId),
        R"({"annotations": {"io.kubernetes.cri-o.Labels": "{\"app\":\"web\",\"io.kubernetes.pod.name\":\"web-0\"}"}})");
  }

  void write_runc(const std::string& id, const std::string& cgroup) const {
    write("run/runc/" + id + "/state.json", R"({"id": ")" + id +
                                                R"(", "init_process_pid": 7, "created": "2026-08-07T14:03:22Z",
      "cgroup_paths": {"": "/sys/fs/cgroup)" + cgroup +
                                                R"("}, "config": {"rootfs": "/srv/box/rootfs",
      "labels": ["org.example=x=y", "bundle=/srv/box"], "capabilities": {"Bounding": ["CAP_SYS_ADMIN", "CAP_SYS_MODULE"]}, "mask_paths": null,
      "mounts": [{"source": "/srv", "destination": "/mnt", "device": "bind", "flags": 4097}, {"source": "proc", "destination": "/proc", "device": "proc", "flags": 0}]}})");
  }

 private:
  std::string path_;
};

}  // namespace picket::test
