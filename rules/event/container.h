// SPDX-License-Identifier: Apache-2.0
//
// Container: what the sensor knows about one container, as rules and exporters see it.
//
// Plain data. The container table (sensor/process) owns every Container and changes it between events, on one thread:
// pointers and views are good while one event is evaluated. Everything but the id comes from the runtime's own state on
// disk, and no runtime writes all of it: a text that nobody knows is empty, a time 0.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picket {

// Who runs it. The names are the values of container.type.
enum class Runtime : std::uint8_t { Unknown, Docker, Containerd, CriO, Podman, Buildkit, Runc, Crun, Lxc, Nspawn };

std::string_view runtime_name(Runtime runtime);  // "cri-o"; "unknown"

// How far the state on disk has been read.
enum class Metadata : std::uint8_t { Pending, Complete, Unavailable };

std::string_view metadata_name(Metadata metadata);  // "complete"

struct Mount {
  std::string source, destination;
  std::string mode;         // the options as written: "rbind,rprivate,ro"
  std::string propagation;  // "rprivate"; empty when the runtime says nothing
  bool writable = true;
};

// An image as it was asked for, "registry:5000/shop/web:1.2@sha256:...", and its parts.
struct Image {
  std::string name;        // as written
  std::string repository;  // "registry:5000/shop/web"
  std::string tag;         // "1.2"; "latest" when neither tag nor digest is written
  std::string digest;      // of the manifest, "sha256:..."
  std::string id;          // of the image itself, hexadecimal digits
};

// Fills name, repository, tag and digest. A name that is only an id ("sha256:...", 64 digits) fills name and id.
Image parse_image(std::string_view name);

struct Pod {
  std::string name, name_space, uid;
  std::string sandbox_id;
  std::string container_name;                               // in the pod's own terms; empty for the sandbox
  std::vector<std::pair<std::string, std::string>> labels;  // of the pod
};

struct Container {
  std::string full_id;
  std::string id;  // as shown: its first 12 bytes where it is a long hexadecimal number, else all of it
  Runtime runtime = Runtime::Unknown;
  Metadata metadata = Metadata::Pending;
  std::string name;
  Image image;
  std::vector<std::pair<std::string, std::string>> labels;
  std::optional<bool> privileged;
  std::vector<Mount> mounts;     // what is bound in from the host; the runtime's own proc, sysfs and tmpfs are left out
  std::string rootfs;            // directory of its root on the host, where the state names it
  std::int64_t created = 0;      // nanoseconds since 1970, as the runtime wrote it
  std::uint64_t start_time = 0;  // boot clock, when its cgroup was made; 0: before the sensor came
  std::uint64_t cgroup = 0;      // id of its cgroup
  std::string cgroup_path;       // below the root of the hierarchy
  Pod pod;                       // all empty outside Kubernetes
};

// What container.id shows of a full id.
std::string_view short_id(std::string_view full_id);

}  // namespace picket
