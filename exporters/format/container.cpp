// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/container.h"

#include "exporters/format/envelope.h"
#include "exporters/format/members.h"

namespace picket {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

void write_time(JsonWriter& json, std::string_view member, std::uint64_t time) {
  if (time != 0) write_date(json, member, time);
}

// Objects with a name and a value: a label's name may be any text, and twice the same.
void write_labels(JsonWriter& json, const Labels& labels) {
  if (labels.empty()) return;
  json.name("labels").open('[');
  for (const auto& [name, value] : labels) json.open('{').member("name", name).member("value", value).close('}');
  json.close(']');
}

void write_image(JsonWriter& json, const Image& image) {
  if (image.name.empty() && image.id.empty()) return;
  json.name("image").open('{');
  text_if_any(json, "name", image.name);
  text_if_any(json, "repository", image.repository);
  text_if_any(json, "tag", image.tag);
  text_if_any(json, "digest", image.digest);
  text_if_any(json, "id", image.id);
  json.close('}');
}

void write_mounts(JsonWriter& json, const std::vector<Mount>& mounts) {
  if (mounts.empty()) return;
  json.name("mounts").open('[');
  for (const Mount& mount : mounts) {
    json.open('{').member("source", mount.source).member("destination", mount.destination);
    text_if_any(json, "mode", mount.mode);
    text_if_any(json, "propagation", mount.propagation);
    json.name("writable").truth(mount.writable).close('}');
  }
  json.close(']');
}

void write_pod(JsonWriter& json, const Pod& pod) {
  if (pod.name.empty() && pod.uid.empty()) return;
  json.name("pod").open('{');
  text_if_any(json, "name", pod.name);
  text_if_any(json, "namespace", pod.name_space);
  text_if_any(json, "uid", pod.uid);
  text_if_any(json, "sandbox_id", pod.sandbox_id);
  text_if_any(json, "container_name", pod.container_name);
  write_labels(json, pod.labels);
  json.close('}');
}

}  // namespace

void append_container(JsonWriter& json, const Container& container, std::int64_t wall_clock_offset) {
  json.open('{').member("metadata", metadata_name(container.metadata));
  json.member("runtime", runtime_name(container.runtime));
  text_if_any(json, "id", container.id);
  text_if_any(json, "full_id", container.full_id);
  text_if_any(json, "name", container.name);
  write_image(json, container.image);
  write_labels(json, container.labels);
  if (container.privileged) json.name("privileged").truth(*container.privileged);
  write_mounts(json, container.mounts);
  text_if_any(json, "rootfs", container.rootfs);
  write_time(json, "created", static_cast<std::uint64_t>(container.created));
  if (container.start_time != 0) {
    write_time(json, "started", container.start_time + static_cast<std::uint64_t>(wall_clock_offset));
  }
  json.name("cgroup").open('{').member("id", container.cgroup).member("path", container.cgroup_path).close('}');
  write_pod(json, container.pod);
  json.close('}');
}

}  // namespace picket
