// SPDX-License-Identifier: Apache-2.0
//
// The path is read from its end: the innermost component that a row of the table describes is the container. What lies
// below it (libpod's "container", systemd's "init.scope", whatever the container itself makes) belongs to it.
#include "sensor/process/cgroup_path.h"

#include <algorithm>
#include <iterator>

namespace picket {
namespace {

constexpr std::size_t kMostDashes = 8;  // of a scope's name that are tried

// ---- ids ----

bool is_made_of(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == text.npos;
}

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kAlphanumeric = "0123456789abcdefghijklmnopqrstuvwxyz";

bool is_sha256(std::string_view id) { return id.size() == 64 && is_made_of(id, kHex); }
bool is_buildkit_id(std::string_view id) { return id.size() == 25 && is_made_of(id, kAlphanumeric); }

// A name that somebody chose. It may become part of a file name.
bool is_name(std::string_view id) {
  return !id.empty() && id != "." && id != ".." && id.find_first_of(std::string_view("/\0", 2)) == id.npos;
}

// QEMU's virtual machines are in machine.slice as well.
bool is_machine(std::string_view id) { return is_name(id) && !id.starts_with("qemu-"); }

// systemd writes bytes that a unit's name cannot have as \x2d. A slash or NUL is never part of a name, so that those
// two stay as they are.
std::string unescape(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    const auto digit = [&text](std::size_t at) { return kHex.find(at < text.size() ? text[at] : '\0'); };
    if (text.starts_with("\\x") && digit(2) != kHex.npos && digit(3) != kHex.npos) {
      const char byte = static_cast<char>(digit(2) << 4 | digit(3));
      if (byte != '/' && byte != '\0') {
        plain += byte;
        text.remove_prefix(4);
        continue;
      }
    }
    plain += text.front();
    text.remove_prefix(1);
  }
  return plain;
}

// ---- the table ----

struct Row {
  Runtime runtime;
  std::string_view parent;  // the name of the component above; empty: any
  std::string_view prefix, suffix;
  bool (*is_id)(std::string_view id);  // what is between them
  bool escaped = false;
};

constexpr Row kRows[] = {
    {Runtime::Containerd, "", "cri-containerd-", ".scope", is_sha256},
    {Runtime::Containerd, "", "nerdctl-", ".scope", is_sha256},
    {Runtime::CriO, "", "crio-", ".scope", is_sha256},
    {Runtime::CriO, "", "crio-", "", is_sha256},
    {Runtime::Docker, "", "docker-", ".scope", is_sha256},
    {Runtime::Docker, "docker", "", "", is_sha256},
    {Runtime::Podman, "", "libpod-", ".scope", is_sha256},
    {Runtime::Podman, "", "libpod-", "", is_sha256},
    {Runtime::Podman, "", "libpod-payload-", "", is_sha256},
    {Runtime::Buildkit, "buildkit", "", "", is_buildkit_id},
    {Runtime::Runc, "", "runc-", ".scope", is_name},
    {Runtime::Crun, "", "crun-", ".scope", is_name},
    {Runtime::Lxc, "", "lxc.payload.", "", is_name},
    {Runtime::Lxc, "lxc.payload", "", "", is_name},
    {Runtime::Lxc, "lxc", "", "", is_name},
    {Runtime::Nspawn, "machine.slice", "machine-", ".scope", is_machine, true},
    {Runtime::Nspawn, "machine.slice", "systemd-nspawn@", ".service", is_machine, true},
    // Under Kubernetes with the cgroupfs driver, and wherever somebody sets a parent: only the id says what it is.
    {Runtime::Unknown, "", "", "", is_sha256},
};

// Cgroups of those who look after a container, which are not in it although a component above names it.
constexpr std::string_view kKeepers[] = {"supervisor"};

// With the systemd driver switched on in the kubelet alone, containerd makes SLICE:cri-containerd:ID one component.
constexpr std::string_view kMixedDrivers = ":cri-containerd:";

struct Component {
  std::string_view name, parent;
};

std::optional<CgroupContainer> match(const Component& component) {
  CgroupContainer found;
  if (const auto mixed = component.name.find(kMixedDrivers); mixed != component.name.npos) {
    const std::string_view id = component.name.substr(mixed + kMixedDrivers.size());
    if (is_sha256(id)) return CgroupContainer{Runtime::Containerd, std::string(id), {}, {}};
  }
  for (const Row& row : kRows) {
    if (!row.parent.empty() && row.parent != component.parent) continue;
    if (component.name.size() <= row.prefix.size() + row.suffix.size()) continue;
    if (!component.name.starts_with(row.prefix) || !component.name.ends_with(row.suffix)) continue;
    std::string_view id = component.name.substr(row.prefix.size());
    id.remove_suffix(row.suffix.size());
    const std::string plain = row.escaped ? unescape(id) : std::string(id);
    if (row.is_id(plain)) return CgroupContainer{row.runtime, plain, {}, {}};
  }
  return std::nullopt;
}

// ---- pods ----

// "podUID", "kubepods-burstable-podUID.slice" (with _ for each -), and that before a colon.
std::string pod_uid_of(std::string_view name) {
  name = name.substr(0, name.find(':'));
  const bool slice = name.ends_with(".slice");
  if (slice) name.remove_suffix(std::string_view(".slice").size());
  const std::size_t at = slice ? name.rfind("-pod") : name.find("pod");
  if (at == name.npos || (!slice && at != 0)) return {};
  std::string uid(name.substr(at + (slice ? 4 : 3)));
  std::replace(uid.begin(), uid.end(), '_', '-');
  const bool plausible = uid.size() >= 32 && uid.size() <= 36 && is_made_of(uid, "0123456789abcdef-");
  return plausible ? uid : std::string();
}

std::string find_pod_uid(std::string_view path) {
  while (!path.empty()) {
    const std::size_t slash = path.rfind('/');
    std::string uid = pod_uid_of(slash == path.npos ? path : path.substr(slash + 1));
    if (!uid.empty() || slash == path.npos) return uid;
    path = path.substr(0, slash);
  }
  return {};
}

// The path without its last component, and that component.
struct Split {
  std::string_view front, name;
};

Split split(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == path.npos) return {{}, path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

// "a-b-c.slice" is /a.slice/a-b.slice/a-b-c.slice; "-.slice" is the root.
std::string slice_path(std::string_view slice) {
  constexpr std::string_view kSuffix = ".slice";
  if (!slice.ends_with(kSuffix)) return {};
  slice.remove_suffix(kSuffix.size());
  std::string path;
  if (slice == "-") return path;
  for (std::size_t dash = slice.find('-'); dash != slice.npos; dash = slice.find('-', dash + 1)) {
    path.append("/").append(slice.substr(0, dash)).append(kSuffix);
  }
  return path.append("/").append(slice).append(kSuffix);
}

}  // namespace

std::optional<CgroupContainer> parse_cgroup_path(std::string_view path) {
  bool kept = false;  // a keeper's cgroup is passed: the next container outwards is the one it looks after
  for (std::string_view rest = path; !rest.empty();) {
    const auto [front, name] = split(rest);
    auto found = match({name, split(front).name});
    if (found && kept && found->runtime == Runtime::Nspawn) {
      kept = false;
    } else if (found) {
      found->path = rest;
      found->pod_uid = find_pod_uid(rest);
      return found;
    }
    kept = kept || std::find(std::begin(kKeepers), std::end(kKeepers), name) != std::end(kKeepers);
    rest = front;
  }
  return std::nullopt;
}

std::vector<std::string_view> possible_ids(std::string_view path) {
  std::vector<std::string_view> ids;
  std::string_view name = split(path).name;
  if (is_name(name)) ids.push_back(name);
  constexpr std::string_view kScope = ".scope";
  if (!name.ends_with(kScope)) return ids;
  name.remove_suffix(kScope.size());
  for (std::size_t tried = 0; tried < kMostDashes && is_name(name); ++tried) {
    ids.push_back(name);
    const std::size_t dash = name.find('-');
    if (dash == name.npos) break;
    name.remove_prefix(dash + 1);
  }
  return ids;
}

std::string cgroup_path_of(std::string_view cgroups_path) {
  if (cgroups_path.starts_with('/')) {
    while (cgroups_path.size() > 1 && cgroups_path.ends_with('/')) cgroups_path.remove_suffix(1);
    return std::string(cgroups_path);
  }
  const std::size_t first = cgroups_path.find(':');
  const std::size_t second = first == cgroups_path.npos ? first : cgroups_path.find(':', first + 1);
  if (second == cgroups_path.npos) return {};
  std::string_view slice = cgroups_path.substr(0, first);
  if (slice.empty()) slice = "system.slice";
  const std::string_view prefix = cgroups_path.substr(first + 1, second - first - 1);
  const std::string_view name = cgroups_path.substr(second + 1);
  std::string path = slice_path(slice);
  if (path.empty() && slice != "-.slice") return {};
  path.append("/").append(prefix).append(prefix.empty() ? "" : "-").append(name);
  return name.ends_with(".slice") ? path : path.append(".scope");
}

}  // namespace picket
