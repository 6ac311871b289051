// SPDX-License-Identifier: Apache-2.0
//
// container.* and k8s.*: the container that the process is in; its labels and mounts are in list_fields.cpp. On the
// host container.id and container.name are "host", as in Falco, and everything else is missing; so is what the
// runtime's state does not say.
#include "rules/event/rows.h"

namespace picket::rows {
namespace {

constexpr std::string_view kHost = "host";

using Question = Value(const Container&);

template <Question question>
Value inside(const Event& event, int, Scratch&) {
  return event.container ? question(*event.container) : Value{};
}

Value own_id(const Event& event, int, Scratch&) { return container_id(event); }

Value full_id(const Container& container) { return known_text(container.full_id); }

Value name(const Event& event, int, Scratch&) {
  if (!kAnywhere.contains(event.kind())) return {};
  return event.container ? known_text(event.container->name) : Value{kHost};
}

Value type(const Container& container) { return runtime_name(container.runtime); }
Value cgroup(const Container& container) { return known_number(container.cgroup); }
Value cgroup_path(const Container& container) { return known_text(container.cgroup_path); }

Value privileged(const Container& container) { return container.privileged ? Value{*container.privileged} : Value{}; }

template <std::string Image::*part>
Value image(const Container& container) {
  return known_text(container.image.*part);
}

template <std::string Pod::*part>
Value pod(const Container& container) {
  return known_text(container.pod.*part);
}

Value sandbox_id(const Container& container) { return known_text(short_id(container.pod.sandbox_id)); }

// ---- times ----

// Nanoseconds since 1970; 0 when nobody knows. Unsigned arithmetic, so that a forged record cannot overflow.
std::uint64_t started(const Event& event) {
  const Container& container = *event.container;
  if (container.start_time == 0) return static_cast<std::uint64_t>(container.created);
  return container.start_time + static_cast<std::uint64_t>(event.wall_clock_offset);
}

Value start_time(const Event& event, int, Scratch&) { return event.container ? known_number(started(event)) : Value{}; }

Value duration(const Event& event, int, Scratch&) {
  const std::uint64_t start = event.container ? started(event) : 0;
  const std::uint64_t now = event.header->time + static_cast<std::uint64_t>(event.wall_clock_offset);
  if (start == 0) return {};
  return now > start ? now - start : std::uint64_t{0};
}

constexpr Argument kNone = Argument::None;

constexpr Field kFields[] = {
    {"container.id", Type::Text, kNone, kAnywhere,
     "Id of the container, the first 12 digits where it is a long number; host outside of any container.", own_id},
    {"container.full_id", Type::Text, kNone, kAnywhere, "The whole id of the container.", inside<full_id>},
    {"container.name", Type::Text, kNone, kAnywhere,
     "Name of the container (in a pod: as the pod calls it; of the pod's sandbox: the pod's); host outside.", name},
    {"container.type", Type::Text, kNone, kAnywhere,
     "Who runs it: docker, containerd, cri-o, podman, buildkit, runc, crun, lxc, systemd-nspawn or unknown.",
     inside<type>},
    {"container.image", Type::Text, kNone, kAnywhere, "The image as it was asked for, with tag or digest.",
     inside<image<&Image::name>>},
    {"container.image.id", Type::Text, kNone, kAnywhere, "Id of the image, in hexadecimal digits.",
     inside<image<&Image::id>>},
    {"container.image.repository", Type::Text, kNone, kAnywhere, "The image's name without tag and digest.",
     inside<image<&Image::repository>>},
    {"container.image.tag", Type::Text, kNone, kAnywhere,
     "The image's tag; latest when neither tag nor digest was asked for.", inside<image<&Image::tag>>},
    {"container.image.digest", Type::Text, kNone, kAnywhere, "Digest of the image's manifest, sha256:...",
     inside<image<&Image::digest>>},
    {"container.privileged", Type::Bool, kNone, kAnywhere,
     "It was started privileged. Where the runtime has no such word: it may administer the system and load modules, "
     "and no file of the kernel's is hidden from it.",
     inside<privileged>},
    {"container.start_ts", Type::Unsigned, kNone, kAnywhere,
     "When it was started, in nanoseconds since 1970; when it was created, if it ran before the sensor.", start_time},
    {"container.duration", Type::Unsigned, kNone, kAnywhere, "Nanoseconds from container.start_ts to the event.",
     duration},
    {"container.cgroup_id", Type::Unsigned, kNone, kAnywhere, "Id of its cgroup (the inode number of the directory).",
     inside<cgroup>},
    {"container.cgroup_path", Type::Text, kNone, kAnywhere, "Path of its cgroup below the root of the hierarchy.",
     inside<cgroup_path>},
    {"k8s.ns.name", Type::Text, kNone, kAnywhere, "Namespace of the pod.", inside<pod<&Pod::name_space>>},
    {"k8s.pod.name", Type::Text, kNone, kAnywhere, "Name of the pod.", inside<pod<&Pod::name>>},
    {"k8s.pod.uid", Type::Text, kNone, kAnywhere, "Unique id of the pod.", inside<pod<&Pod::uid>>},
    {"k8s.pod.id", Type::Text, kNone, kAnywhere, "The same: Falco's older name.", inside<pod<&Pod::uid>>},
    {"k8s.pod.sandbox_id", Type::Text, kNone, kAnywhere, "Id of the pod's sandbox container, shown as container.id is.",
     inside<sandbox_id>},
    {"k8s.pod.full_sandbox_id", Type::Text, kNone, kAnywhere, "The whole id of the pod's sandbox container.",
     inside<pod<&Pod::sandbox_id>>},
};

}  // namespace

Value container_id(const Event& event) {
  if (!kAnywhere.contains(event.kind())) return {};
  return event.container ? known_text(event.container->id) : Value{kHost};
}

std::span<const Field> container() { return kFields; }

}  // namespace picket::rows
