// SPDX-License-Identifier: Apache-2.0
#include "sensor/central/container_reader.h"

#include <vector>

namespace picket::central {
namespace {

struct Target {
  Scratch& scratch;
  Container& container;
  std::int64_t offset;
};

template <auto member>
void text(std::string_view text, Target& target) {
  target.container.*member = text;
}
template <auto member>
void image(std::string_view text, Target& target) {
  target.container.image.*member = text;
}
template <auto member>
void pod(std::string_view text, Target& target) {
  target.container.pod.*member = text;
}

// The value of an enumeration by its name; one that is not known leaves what is there.
template <class Enum, std::string_view (*name_of)(Enum), Enum last, Enum Container::*member>
void named(std::string_view name, Target& target) {
  for (unsigned number = 0; number <= static_cast<unsigned>(last); ++number) {
    if (name_of(static_cast<Enum>(number)) == name) target.container.*member = static_cast<Enum>(number);
  }
}

using Label = std::pair<std::string, std::string>;

struct LabelTarget {
  Scratch& scratch;
  Label& label;
};
constexpr Row<LabelTarget> kLabel[] = {
    {.name = "name", .text = [](std::string_view text, LabelTarget& target) { target.label.first = text; }},
    {.name = "value", .text = [](std::string_view text, LabelTarget& target) { target.label.second = text; }},
};

bool read_labels(json::value& value, Scratch& scratch, std::vector<Label>& labels) {
  return read_elements(value, [&](json::value& element) {
    LabelTarget target{scratch, labels.emplace_back()};
    return read_members(element, kLabel, target);
  });
}

struct MountTarget {
  Scratch& scratch;
  Mount& mount;
};
template <auto member>
void mounted(std::string_view text, MountTarget& target) {
  target.mount.*member = text;
}
constexpr Row<MountTarget> kMount[] = {
    {.name = "source", .text = mounted<&Mount::source>},
    {.name = "destination", .text = mounted<&Mount::destination>},
    {.name = "mode", .text = mounted<&Mount::mode>},
    {.name = "propagation", .text = mounted<&Mount::propagation>},
    {"writable", [](json::value& value, MountTarget& target) { return read_truth(value, target.mount.writable); }},
};

bool read_mounts(json::value& value, Target& target) {
  return read_elements(value, [&](json::value& element) {
    MountTarget mount{target.scratch, target.container.mounts.emplace_back()};
    return read_members(element, kMount, mount);
  });
}

constexpr Row<Target> kImage[] = {
    {.name = "name", .text = image<&Image::name>}, {.name = "repository", .text = image<&Image::repository>},
    {.name = "tag", .text = image<&Image::tag>},   {.name = "digest", .text = image<&Image::digest>},
    {.name = "id", .text = image<&Image::id>},
};

constexpr Row<Target> kCgroup[] = {
    {"id", [](json::value& value, Target& target) { return read_number(value, target.container.cgroup); }},
    {.name = "path", .text = text<&Container::cgroup_path>},
};

constexpr Row<Target> kPod[] = {
    {.name = "name", .text = pod<&Pod::name>},
    {.name = "namespace", .text = pod<&Pod::name_space>},
    {.name = "uid", .text = pod<&Pod::uid>},
    {.name = "sandbox_id", .text = pod<&Pod::sandbox_id>},
    {.name = "container_name", .text = pod<&Pod::container_name>},
    {"labels", [](json::value& value,
                  Target& target) { return read_labels(value, target.scratch, target.container.pod.labels); }},
};

bool read_privileged(json::value& value, Target& target) {
  bool privileged = false;
  if (!read_truth(value, privileged)) return false;
  target.container.privileged = privileged;
  return true;
}

bool read_created(json::value& value, Target& target) {
  std::uint64_t since_1970 = 0;
  if (!read_date(value, since_1970)) return false;
  target.container.created = static_cast<std::int64_t>(since_1970);
  return true;
}

bool read_started(json::value& value, Target& target) {
  std::uint64_t since_1970 = 0;
  if (!read_date(value, since_1970)) return false;
  target.container.start_time = since_1970 - static_cast<std::uint64_t>(target.offset);
  return true;
}

constexpr Row<Target> kContainer[] = {
    {.name = "metadata", .text = named<Metadata, metadata_name, Metadata::Unavailable, &Container::metadata>},
    {.name = "runtime", .text = named<Runtime, runtime_name, Runtime::Nspawn, &Container::runtime>},
    {.name = "id", .text = text<&Container::id>},
    {.name = "full_id", .text = text<&Container::full_id>},
    {.name = "name", .text = text<&Container::name>},
    {"image", [](json::value& value, Target& target) { return read_members(value, kImage, target); }},
    {"labels",
     [](json::value& value, Target& target) { return read_labels(value, target.scratch, target.container.labels); }},
    {"privileged", read_privileged},
    {"mounts", read_mounts},
    {.name = "rootfs", .text = text<&Container::rootfs>},
    {"created", read_created},
    {"started", read_started},
    {"cgroup", [](json::value& value, Target& target) { return read_members(value, kCgroup, target); }},
    {"pod", [](json::value& value, Target& target) { return read_members(value, kPod, target); }},
};

}  // namespace

bool read_container(json::parser& parser, std::string_view text, std::int64_t offset, Scratch& scratch,
                    Container& container) {
  container = {};
  Target target{scratch, container, offset};
  json::document document;
  json::value value;
  const simdjson::padded_string_view padded(text.data(), text.size(), text.size() + kPadding);
  return parser.iterate(padded).get(document) == simdjson::SUCCESS &&
         document.get_value().get(value) == simdjson::SUCCESS && read_members(value, kContainer, target);
}

}  // namespace picket::central
