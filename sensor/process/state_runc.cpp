// SPDX-License-Identifier: Apache-2.0
//
// runc and crun by hand. The bundle is wherever its user put it and is not looked at; both runtimes keep a copy of what
// they need, made before the container's program starts. A container is called by its id and has no image.
#include <sys/mount.h>

#include "sensor/process/state_readers.h"

namespace picket::state {
namespace {

constexpr std::string_view kRunc = "/run/runc";
constexpr std::string_view kCrun = "/run/crun";
constexpr std::string_view kCgroups = "/sys/fs/cgroup";

// cgroup_paths: {"": "/sys/fs/cgroup/ID"}, or in version 1 {"pids": "/sys/fs/cgroup/pids/ID", ...}.
bool is_in_cgroup(JsonValue paths, std::string_view cgroup_path) {
  bool found = false;
  paths.each_member([&](std::string_view controller, JsonValue value) {
    std::string_view path = value.text();
    if (!path.starts_with(kCgroups) || !path.ends_with(cgroup_path)) return;
    path.remove_prefix(kCgroups.size());
    if (path.size() < cgroup_path.size()) return;
    path.remove_suffix(cgroup_path.size());
    found = found || (controller.empty() ? path.empty() : path.rfind('/') == 0);
  });
  return found;
}

void take_runc_mount(JsonValue value, Container& container) {
  if (value["device"].text() != "bind") return;
  Mount mount;
  mount.source = bounded(value["source"].text());
  mount.destination = bounded(value["destination"].text());
  mount.writable = (value["flags"].number().value_or(0) & MS_RDONLY) == 0;
  mount.mode = mount.writable ? "rw" : "ro";
  add_mount(container.mounts, std::move(mount));
}

// "KEY=VALUE"; runc adds bundle=DIRECTORY.
void take_runc_label(std::string_view label, Container& container) {
  const std::size_t equals = label.find('=');
  if (equals == label.npos || label.substr(0, equals) == "bundle") return;
  take_label(label.substr(0, equals), label.substr(equals + 1), container);
}

bool has_all_power(JsonValue config) {
  int powers = 0;
  config["capabilities"]["Bounding"].each_element(
      [&powers](JsonValue name) { powers += name.text() == "CAP_SYS_ADMIN" || name.text() == "CAP_SYS_MODULE"; });
  bool masked = false;
  config["mask_paths"].each_element([&masked](JsonValue) { masked = true; });
  return powers == 2 && !masked;
}

}  // namespace

Problem read_runc(const StateFiles& files, Container& container) {
  const Document state = read_json(files, kRunc, {container.full_id, "state.json"});
  if (state.problem) return state.problem;
  const JsonValue root = state.root(), config = root["config"];
  if (!is_in_cgroup(root["cgroup_paths"], container.cgroup_path)) return StateProblem::OtherCgroup;
  container.created = parse_rfc3339(root["created"].text());
  container.rootfs = bounded(config["rootfs"].text());
  container.privileged = has_all_power(config);
  config["mounts"].each_element([&container](JsonValue mount) { take_runc_mount(mount, container); });
  config["labels"].each_element([&container](JsonValue label) { take_runc_label(label.text(), container); });
  if (container.name.empty()) container.name = container.full_id;
  return std::nullopt;
}

Problem read_crun(const StateFiles& files, Container& container) {
  const Document status = read_json(files, kCrun, {container.full_id, "status"});
  if (status.problem) return status.problem;
  const Document config = read_json(files, kCrun, {container.full_id, "config.json"});
  if (config.problem) return config.problem;

  // The copied configuration may leave the cgroup to crun; the status says what came of it.
  const std::string_view at = status.root()["cgroup-path"].text();
  const bool below = at.starts_with(container.cgroup_path) && at.substr(container.cgroup_path.size()).starts_with('/');
  if (at != container.cgroup_path && !below) return StateProblem::OtherCgroup;
  take_oci_facts(config.root(), container);
  container.rootfs.clear();
  const std::string_view rootfs = status.root()["rootfs"].text();  // as the bundle names it
  if (!rootfs.starts_with('/')) container.rootfs.append(bounded(status.root()["bundle"].text())).append("/");
  container.rootfs += bounded(rootfs);
  container.created = parse_rfc3339(status.root()["created"].text());
  if (container.name.empty()) container.name = container.full_id;
  return std::nullopt;
}

}  // namespace picket::state
