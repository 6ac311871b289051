// SPDX-License-Identifier: Apache-2.0
//
// System containers: LXC's configuration of a container, machined's note about a machine. Neither knows images.
#include <algorithm>
#include <charconv>
#include <iterator>

#include "sensor/process/state_readers.h"

namespace picket::state {
namespace {

constexpr std::string_view kLxc = "/var/lib/lxc";
constexpr std::string_view kLxcCgroups[] = {"/lxc.payload.", "/lxc.payload/", "/lxc/"};
constexpr std::string_view kMachines = "/run/systemd/machines";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// Calls visit(key, value) for each line KEY=VALUE that is no comment.
template <class Visit>
void each_setting(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t equals = line.find('=');
    if (equals == line.npos || trimmed(line).starts_with('#')) continue;
    visit(trimmed(line.substr(0, equals)), trimmed(line.substr(equals + 1)));
  }
}

// "SOURCE DESTINATION TYPE OPTIONS ..." as in fstab, the destination below the container's root.
void take_mount_entry(std::string_view entry, Container& container) {
  std::string_view words[4];
  for (std::string_view& word : words) {
    entry = trimmed(entry);
    word = entry.substr(0, entry.find_first_of(" \t"));
    entry.remove_prefix(word.size());
  }
  if (words[3].find("bind") == words[3].npos) return;
  Mount mount;
  mount.source = bounded(words[0]);
  mount.destination = words[1].starts_with('/') ? "" : "/";
  mount.destination += bounded(words[1]);
  take_mount_options(bounded(words[3]), mount);
  add_mount(container.mounts, std::move(mount));
}

}  // namespace

// Nothing in it says where the container's cgroup is: it has to be where LXC puts those of root's containers.
Problem read_lxc(const StateFiles& files, Container& container) {
  const StateFile config = files.read(kLxc, {container.full_id, "config"});
  if (config.problem) return config.problem;
  const auto is_here = [&container](std::string_view front) {
    return container.cgroup_path == std::string(front) + container.full_id;
  };
  if (std::none_of(std::begin(kLxcCgroups), std::end(kLxcCgroups), is_here)) return StateProblem::OtherCgroup;
  container.name = container.full_id;
  each_setting(config.bytes, [&container](std::string_view key, std::string_view value) {
    if (key == "lxc.rootfs.path") container.rootfs = bounded(value);
    if (key == "lxc.mount.entry") take_mount_entry(value, container);
  });
  return std::nullopt;
}

Problem read_nspawn(const StateFiles& files, Container& container) {
  const StateFile note = files.read(kMachines, {container.full_id});
  if (note.problem) return note.problem;
  const std::string_view unit = std::string_view(container.cgroup_path).substr(container.cgroup_path.rfind('/') + 1);
  bool here = false, is_container = false;
  each_setting(note.bytes, [&](std::string_view key, std::string_view value) {
    if (key == "SCOPE" || key == "UNIT") here = value == unit;
    if (key == "CLASS") is_container = value == "container";
    if (key == "ROOT") container.rootfs = bounded(value);
    if (key == "REALTIME") {  // microseconds
      std::int64_t microseconds = 0;
      std::from_chars(value.data(), value.data() + value.size(), microseconds);
      constexpr std::int64_t kMost = INT64_MAX / 1000;
      container.created = microseconds > 0 && microseconds < kMost ? microseconds * 1000 : 0;
    }
  });
  if (!here || !is_container) return StateProblem::OtherCgroup;
  container.name = container.full_id;
  return std::nullopt;
}

}  // namespace picket::state
