// SPDX-License-Identifier: Apache-2.0
//
// The texts of /proc, parsed: functions from bytes to values that read no file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace picket::procfs {

// /proc/PID/stat (proc(5)); what we need of it.
struct Stat {
  std::uint32_t pid = 0;
  std::string_view comm;  // may hold blanks, parentheses, any byte
  char state = 0;
  std::uint32_t parent = 0;
  std::uint32_t process_group = 0;
  std::uint32_t session = 0;
  std::uint32_t tty = 0;
  std::uint32_t flags = 0;  // PF_*
  std::uint32_t threads = 0;
  std::uint64_t start_ticks = 0;  // boot clock, 10 ms

  // Nothing of it runs any more, or it has begun to end: its memory, and with it its executable and its arguments, may
  // be gone already. (The leader may have ended while other threads go on.)
  bool ended() const {
    constexpr std::uint32_t kExiting = 0x4;  // PF_EXITING
    return state == 'X' || ((state == 'Z' || (flags & kExiting) != 0) && threads <= 1);
  }
};
std::optional<Stat> parse_stat(std::string_view text);

// /proc/PID/status; what we need of it.
struct Status {
  std::uint32_t real_uid = 0, uid = 0;
  std::uint32_t real_gid = 0, gid = 0;
  std::uint32_t vpid = 0;  // in the innermost pid namespace
  std::uint64_t cap_inheritable = 0, cap_permitted = 0, cap_effective = 0;
};
std::optional<Status> parse_status(std::string_view text);

// A whole decimal number, white space after it allowed.
std::optional<std::uint32_t> parse_number(std::string_view text);

// /proc/PID/cgroup -> the path in the unified hierarchy; empty when there is none.
std::string_view parse_cgroup(std::string_view text);

// A line of /proc/PID/mountinfo.
struct Mount {
  std::uint32_t device = 0;  // as the kernel has it: major << 20 | minor
  std::string root;          // what of the file system is shown
  std::string path;          // where, from the process's root
  std::string type;          // "ext4", "fuse.sshfs"
};

// /proc/PID/mountinfo; lines that are none are left out.
std::vector<Mount> parse_mounts(std::string_view text);

// /proc/PID/mountinfo -> where the unified hierarchy is mounted whole; empty when it is not.
std::string parse_cgroup_mount(std::string_view text);

// What a link like /proc/PID/exe says, as the process itself would see it: without the path of its root, and without
// the " (deleted)" that the kernel adds to what was unlinked.
std::string_view seen_from_root(std::string_view path, std::string_view root, bool deleted);

}  // namespace picket::procfs
