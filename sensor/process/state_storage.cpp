// SPDX-License-Identifier: Apache-2.0
//
// podman and CRI-O: both keep a directory for each container in containers/storage, with the OCI configuration in it.
// Which of them made it is told by the annotations.
#include "sensor/process/state_readers.h"

namespace picket::state {
namespace {

constexpr std::string_view kCriO = "io.kubernetes.cri-o.";
constexpr std::string_view kKubernetes = "io.kubernetes.";

Document read_config(const StateFiles& files, std::string_view id) {
  Document config;
  for (const std::string_view storage : kStorages) {
    config = read_json(files, storage, {id, "userdata", "config.json"});
    if (config.problem != StateProblem::Missing) break;
  }
  return config;
}

// The labels that CRI-O has written into an annotation, as JSON in JSON.
std::optional<JsonTree> labels_of(JsonValue config) {
  return JsonTree::parse(config["annotations"]["io.kubernetes.cri-o.Labels"].text());
}

// The pod's own labels are those of its sandbox, less what the kubelet adds.
void take_pod_labels(const StateFiles& files, Container& container) {
  if (container.pod.sandbox_id.empty()) return;
  const Document sandbox = read_config(files, container.pod.sandbox_id);
  const auto labels = labels_of(sandbox.root());
  if (!labels) return;
  labels->root().each_member([&container](std::string_view key, JsonValue value) {
    if (!key.starts_with(kKubernetes)) add_label(container.pod.labels, key, value.text());
  });
}

// podman's index: [{"id", "names": [...], "image": id, "created", "metadata": "{\"image-name\"..."}].
void take_entry(JsonValue entry, Container& container) {
  entry["names"].each_element([&container](JsonValue name) {
    if (container.name.empty()) container.name = bounded(name.text());
  });
  const auto metadata = JsonTree::parse(entry["metadata"].text());
  if (metadata) container.image = parse_image(bounded(metadata->root()["image-name"].text()));
  if (const std::string_view id = entry["image"].text(); !id.empty()) container.image.id = bounded(id);
  container.created = parse_rfc3339(entry["created"].text());
}

}  // namespace

Problem read_podman(const StateFiles& files, Container& container) {
  const Document config = read_config(files, container.full_id);
  if (config.problem) return config.problem;
  if (config.root()["annotations"]["io.container.manager"].text() != "libpod") return StateProblem::Missing;
  Document index;
  for (const std::string_view storage : kStorages) {
    index = read_json(files, storage, {"containers.json"});
    if (index.problem != StateProblem::Missing) break;
  }
  if (index.problem) return index.problem;
  if (const Problem problem = take_oci(config.root(), container)) return problem;
  bool found = false;
  index.root().each_element([&](JsonValue entry) {
    if (found || entry["id"].text() != container.full_id) return;
    found = true;
    take_entry(entry, container);
  });
  return found ? Problem() : StateProblem::Missing;
}

Problem read_crio(const StateFiles& files, Container& container) {
  const Document config = read_config(files, container.full_id);
  if (config.problem) return config.problem;
  const std::string_view id = config.root()["annotations"]["io.kubernetes.cri-o.ContainerID"].text();
  if (id != container.full_id) return StateProblem::Missing;
  if (const Problem problem = take_oci(config.root(), container)) return problem;

  // The annotations are CRI-O's notes to itself; the container's labels are one of them.
  std::erase_if(container.labels, [](const auto& label) { return label.first.starts_with(kCriO); });
  if (const auto labels = labels_of(config.root())) take_labels(labels->root(), container);
  if (container.name.empty()) container.name = container.pod.name;
  take_pod_labels(files, container);
  return std::nullopt;
}

}  // namespace picket::state
