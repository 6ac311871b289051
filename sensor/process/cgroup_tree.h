// SPDX-License-Identifier: Apache-2.0
//
// Cgroups as user space sees them: which hierarchy tells containers apart on this machine, and what is in it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace picket {

struct CgroupHierarchy {
  std::string mount;       // where it is mounted, on the host; empty: nowhere
  std::string controller;  // "pids", "memory" or "cpu" of version 1; empty: the unified hierarchy
  std::uint32_t id = 0;    // the kernel's number for it
};

// From /proc/PID/mountinfo and /proc/cgroups. Where controllers are mounted in version 1 (also in systemd's hybrid
// layout), that is where runtimes put containers, so the first of those above that is mounted counts.
CgroupHierarchy find_hierarchy(std::string_view mountinfo, std::string_view cgroups);

// The same of process 1: of the host when its pids are seen.
CgroupHierarchy find_hierarchy();

// Visits every cgroup below `mount`, parents first: its id (the inode number of its directory) and its path below the
// root. At most kMostCgroups of them, kDeepest deep.
inline constexpr std::size_t kMostCgroups = 262144;
inline constexpr int kDeepest = 64;
void walk_cgroups(const std::string& mount, const std::function<void(std::uint64_t id, std::string_view path)>& visit);

}  // namespace picket
