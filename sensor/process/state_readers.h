// SPDX-License-Identifier: Apache-2.0
//
// The runtimes, one reader each, and what they share. Private to runtime_state.
#pragma once

#include <optional>
#include <string_view>

#include "rules/event/container.h"
#include "sensor/process/json_tree.h"
#include "sensor/process/state_files.h"

namespace picket::state {

using Problem = std::optional<StateProblem>;

Problem read_docker(const StateFiles& files, Container& container);
Problem read_containerd(const StateFiles& files, Container& container);
Problem read_crio(const StateFiles& files, Container& container);
Problem read_podman(const StateFiles& files, Container& container);
Problem read_runc(const StateFiles& files, Container& container);
Problem read_crun(const StateFiles& files, Container& container);
Problem read_lxc(const StateFiles& files, Container& container);
Problem read_nspawn(const StateFiles& files, Container& container);

// A file and its JSON.
struct Document {
  std::optional<JsonTree> tree;
  Problem problem;
  JsonValue root() const { return tree ? tree->root() : JsonValue(); }
};
Document read_json(const StateFiles& files, std::string_view base, std::initializer_list<std::string_view> names);

// An OCI runtime configuration (config.json): mounts, root, privileges, annotations as labels. take_oci insists that
// its linux.cgroupsPath is the container's cgroup.
Problem take_oci(JsonValue config, Container& container);
void take_oci_facts(JsonValue config, Container& container);

// Labels or annotations; those of Kubernetes and of CRI runtimes go to where they belong as well.
void take_label(std::string_view key, std::string_view value, Container& container);
void take_labels(JsonValue object, Container& container);

// Bounded: a container's maker chooses how many there are, and how long.
void add_label(std::vector<std::pair<std::string, std::string>>& labels, std::string_view key, std::string_view value);
void add_mount(std::vector<Mount>& mounts, Mount mount);
std::string_view bounded(std::string_view text);

// Options as mount(8) takes them, "rbind,rprivate,ro": mode, writable and propagation of a mount.
void take_mount_options(std::string_view options, Mount& mount);

// Nanoseconds since 1970; 0 when it is no time (RFC 3339) or one before 1970.
std::int64_t parse_rfc3339(std::string_view text);

// The containers of storage that podman and CRI-O share.
inline constexpr std::string_view kStorages[] = {"/var/lib/containers/storage/overlay-containers",
                                                 "/run/containers/storage/overlay-containers"};

inline constexpr std::string_view kTasks = "/run/containerd/io.containerd.runtime.v2.task";

}  // namespace picket::state
