// SPDX-License-Identifier: Apache-2.0
//
// From a cgroup's path to the container it belongs to. Reads nothing but the path: version 1 and version 2, the
// cgroupfs and the systemd driver, any depth, any bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/event/container.h"

namespace picket {

struct CgroupContainer {
  Runtime runtime = Runtime::Unknown;  // Unknown: a container by its id, but the path does not say whose
  std::string id;                      // full, unescaped; never empty, never with a slash or a NUL byte
  std::string pod_uid;                 // with dashes; empty outside Kubernetes
  std::string_view path;               // the front of the given path, up to the container's own cgroup
  bool operator==(const CgroupContainer&) const = default;
};

// The innermost container that the path names, or nothing: the host, as far as a path can tell. Runtimes without any
// convention (runc, crun and ctr used by hand put a container where they are told) are known only by their state:
// RuntimeState looks whether there is any for the names in such a path.
std::optional<CgroupContainer> parse_cgroup_path(std::string_view path);

// The ids that a path which names no container may hold if its last component is that of one: the component itself and,
// for a systemd scope PREFIX-ID.scope, what stands before ".scope", whole and behind each dash. Views into `path`.
std::vector<std::string_view> possible_ids(std::string_view path);

// Where a container with this `linux.cgroupsPath` in its OCI configuration is: a path as it stands, or
// SLICE:PREFIX:NAME in systemd's terms. Empty when it is neither.
std::string cgroup_path_of(std::string_view cgroups_path);

}  // namespace picket
