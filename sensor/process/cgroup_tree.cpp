// SPDX-License-Identifier: Apache-2.0
#include "sensor/process/cgroup_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <vector>

#include "rules/event/read_file.h"

namespace picket {
namespace {

constexpr std::string_view kControllers[] = {"pids", "memory", "cpu"};
constexpr std::size_t kLargestFile = 4u << 20;

std::string_view cut(std::string_view& rest, char separator) {
  const std::string_view head = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(head.size() + 1, rest.size()));
  return head;
}

std::vector<std::string_view> words(std::string_view line, char separator) {
  std::vector<std::string_view> found;
  while (!line.empty()) {
    const std::string_view word = cut(line, separator);
    if (!word.empty()) found.push_back(word);
  }
  return found;
}

struct MountLine {
  std::string_view point, type, options;
};

// "36 35 0:26 / /sys/fs/cgroup/pids rw shared:9 - cgroup cgroup rw,pids"; nothing when only a part is mounted.
MountLine parse_mount(std::string_view line) {
  const auto field = words(line, ' ');
  const auto dash = std::find(field.begin(), field.end(), "-");
  if (field.size() < 6 || field.end() - dash < 4 || field[3] != "/") return {};
  return {field[4], dash[1], dash[3]};
}

std::uint32_t hierarchy_id(std::string_view cgroups, std::string_view controller) {
  while (!cgroups.empty()) {
    const auto column = words(cut(cgroups, '\n'), '\t');
    if (column.size() < 2 || column[0] != controller) continue;
    std::uint32_t id = 0;
    std::from_chars(column[1].data(), column[1].data() + column[1].size(), id);
    return id;
  }
  return 0;
}

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

struct Walk {
  const std::function<void(std::uint64_t, std::string_view)>& visit;
  std::string path;
  std::size_t count = 0;

  void below(int parent, int depth) {
    const int descriptor = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    const Directory directory(fdopendir(descriptor), closedir);
    while (const dirent* entry = directory ? readdir(directory.get()) : nullptr) {
      const std::string_view name = entry->d_name;
      if (entry->d_type == DT_DIR && name != "." && name != ".." && count < kMostCgroups)
        child(descriptor, name, depth);
    }
  }

  void child(int parent, std::string_view name, int depth) {
    const std::size_t length = path.size();
    path.append("/").append(name);
    const int directory = openat(parent, path.c_str() + length + 1, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat status {};
    if (directory >= 0 && fstat(directory, &status) == 0) {
      ++count;
      visit(status.st_ino, path);
      if (depth < kDeepest) below(directory, depth + 1);
    }
    if (directory >= 0) close(directory);
    path.resize(length);
  }
};

}  // namespace

CgroupHierarchy find_hierarchy(std::string_view mountinfo, std::string_view cgroups) {
  CgroupHierarchy unified;
  std::array<CgroupHierarchy, std::size(kControllers)> version1;
  while (!mountinfo.empty()) {
    const MountLine mount = parse_mount(cut(mountinfo, '\n'));
    if (mount.type == "cgroup2" && unified.mount.empty()) unified.mount = mount.point;
    if (mount.type != "cgroup") continue;
    const auto options = words(mount.options, ',');
    for (std::size_t i = 0; i < version1.size(); ++i) {
      const bool has = std::find(options.begin(), options.end(), kControllers[i]) != options.end();
      if (!has || !version1[i].mount.empty()) continue;
      version1[i] = {std::string(mount.point), std::string(kControllers[i]), hierarchy_id(cgroups, kControllers[i])};
    }
  }
  for (CgroupHierarchy& each : version1) {
    if (!each.mount.empty()) return each;
  }
  return unified;
}

CgroupHierarchy find_hierarchy() {
  const auto mountinfo = read_file("/proc/1/mountinfo", kLargestFile);
  const auto cgroups = read_file("/proc/cgroups", kLargestFile);
  return find_hierarchy(mountinfo ? *mountinfo : "", cgroups ? *cgroups : "");
}

void walk_cgroups(const std::string& mount, const std::function<void(std::uint64_t, std::string_view)>& visit) {
  const int root = open(mount.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) return;
  Walk{visit, {}}.below(root, 1);
  close(root);
}

}  // namespace picket
