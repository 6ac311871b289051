// SPDX-License-Identifier: Apache-2.0
//
// Docker: its own description of the container, and what it asked containerd to run for the cgroup.
#include "sensor/process/cgroup_path.h"
#include "sensor/process/state_readers.h"

namespace picket::state {
namespace {

constexpr std::string_view kContainers = "/var/lib/docker/containers";
constexpr std::string_view kImages = "/var/lib/docker/image";

// The distribution's containerd, or one that dockerd has started for itself.
constexpr std::string_view kBundles[] = {kTasks, "/run/docker/containerd/daemon/io.containerd.runtime.v2.task"};

Problem check_cgroup(const StateFiles& files, const Container& container) {
  Problem problem;
  for (const std::string_view bundles : kBundles) {
    const Document config = read_json(files, bundles, {"moby", container.full_id, "config.json"});
    problem = config.problem;
    if (problem == StateProblem::Missing) continue;
    if (problem) return problem;
    const std::string path = cgroup_path_of(config.root()["linux"]["cgroupsPath"].text());
    return path == container.cgroup_path ? Problem() : StateProblem::OtherCgroup;
  }
  return problem;
}

void take_mount(JsonValue value, Container& container) {
  Mount mount;
  mount.source = bounded(value["Source"].text());
  mount.destination = bounded(value["Destination"].text());
  mount.mode = bounded(value["Relabel"].text());
  mount.propagation = bounded(value["Propagation"].text());
  mount.writable = value["RW"].truth().value_or(true);
  add_mount(container.mounts, std::move(mount));
}

// repositories.json: {"Repositories": {"web": {"web:1": "sha256:ID", "web@sha256:DIGEST": "sha256:ID"}}}
void take_digest(const StateFiles& files, Container& container) {
  const Document index = read_json(files, kImages, {"overlay2", "repositories.json"});
  const std::string wanted = "sha256:" + container.image.id;
  index.root()["Repositories"][container.image.repository].each_member([&](std::string_view name, JsonValue id) {
    const std::size_t at = name.find('@');
    if (at != name.npos && id.text() == wanted) container.image.digest = bounded(name.substr(at + 1));
  });
}

}  // namespace

Problem read_docker(const StateFiles& files, Container& container) {
  const Document config = read_json(files, kContainers, {container.full_id, "config.v2.json"});
  if (config.problem) return config.problem;
  const Document host_config = read_json(files, kContainers, {container.full_id, "hostconfig.json"});
  if (host_config.problem && host_config.problem != StateProblem::Missing) return host_config.problem;
  if (const Problem problem = check_cgroup(files, container)) return problem;

  const JsonValue root = config.root();
  take_labels(root["Config"]["Labels"], container);
  std::string_view name = root["Name"].text();
  if (name.starts_with('/')) name.remove_prefix(1);
  container.name = bounded(name);
  container.image = parse_image(bounded(root["Config"]["Image"].text()));
  if (const std::string id = parse_image(root["Image"].text()).id; !id.empty()) container.image.id = id;
  if (container.image.digest.empty()) take_digest(files, container);
  container.created = parse_rfc3339(root["Created"].text());
  container.privileged = host_config.root()["Privileged"].truth();
  root["MountPoints"].each_member([&container](std::string_view, JsonValue mount) { take_mount(mount, container); });
  return std::nullopt;
}

}  // namespace picket::state
