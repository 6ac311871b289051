// SPDX-License-Identifier: Apache-2.0
//
// What container runtimes have written to disk about a container: names, image, labels, mounts, the pod. No daemon is
// asked, and none need run.
//
//   docker       /var/lib/docker/containers/ID/config.v2.json, hostconfig.json; containerd's bundle of it for the
//   cgroup containerd   /run/containerd/io.containerd.runtime.v2.task/NAMESPACE/ID/config.json (annotations of the CRI;
//   of a
//                container made by hand its name and labels, since its image is in containerd's database only)
//   cri-o        /run or /var/lib/containers/storage/overlay-containers/ID/userdata/config.json (and the sandbox's)
//   podman       .../overlay-containers/containers.json and ID/userdata/config.json (labels are in its database only)
//   runc, crun   /run/runc/ID/state.json; /run/crun/ID/status and config.json
//   lxc          /var/lib/lxc/NAME/config
//   nspawn       /run/systemd/machines/NAME
//
// Who may make cgroups may name them after anybody's container. So the state must itself say that the container is in
// this cgroup; if it names another one, it is not this container's (StateProblem::OtherCgroup).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rules/event/container.h"
#include "sensor/process/cgroup_path.h"
#include "sensor/process/state_files.h"

namespace picket {

// Thread-safe. Reads files: not for the event thread.
class RuntimeState {
 public:
  explicit RuntimeState(std::string host_root = "/", uid_t owner = 0) : files_(std::move(host_root), owner) {}

  // The container in the cgroup `path`, of which the path itself tells nothing: a runtime has state for that name.
  std::optional<CgroupContainer> recognize(std::string_view path) const;

  // Fills what the state says; cgroup_path, full_id and runtime have been filled in (runtime is made more exact).
  // Nothing is returned when all was well, and nothing else in `container` has changed when something is.
  std::optional<StateProblem> read(Container& container) const;

 private:
  StateFiles files_;
};

}  // namespace picket
