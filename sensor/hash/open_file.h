// SPDX-License-Identifier: Apache-2.0
//
// The system calls behind the hasher: files that are looked at before they are opened. Private to sensor/hash.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "rules/event/descriptor.h"
#include "rules/event/file_hash.h"

namespace picket {

// All of these leave errno when they fail.

// A directory to look from; links in the path are followed.
Descriptor open_directory(int at, const char* path);

// What the link of procfs leads to, without opening it for anything.
Descriptor look_at_link(int at, const char* link);

// The same of a path below `root`, which is its /, on which there must be no symbolic link.
Descriptor look_at_path(int root, const std::string& path);

// What look_at_...() found, for reading.
Descriptor open_for_reading(const std::string& proc, const Descriptor& found);

struct FileState {
  std::uint64_t inode = 0, size = 0;
  std::uint64_t ctime = 0, mtime = 0;  // nanoseconds since 1970
  std::uint64_t mount = 0;             // its number in mountinfo(5); 0 when the kernel does not say
  std::uint32_t device = 0;            // as stat(2) shows it; major << 20 | minor
  std::uint16_t mode = 0;

  bool regular() const { return S_ISREG(mode); }
  bool operator==(const FileState&) const = default;
};

std::optional<FileState> state_of(const Descriptor& file);

// On which stat(2) does not show the file system's own device.
enum class OwnDevice { Shown, Hidden, HiddenAndShared };  // Shared: by files with the same inode number
OwnDevice own_device_of(const Descriptor& file);

// The device of a mount, by /proc/PID/mountinfo of the directory of a process.
std::optional<std::uint32_t> device_of_mount(const Descriptor& process, std::uint64_t mount);

// What an errno of opening or reading means.
HashProblem problem_of(int error);

}  // namespace picket
