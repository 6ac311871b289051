// SPDX-License-Identifier: Apache-2.0
//
// How a file is opened that lines are appended to.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rules/event/result.h"

namespace picket {

// What is not given is as it is: 0600 for a file that is created, and the sensor's own user.
struct FileAccess {
  std::optional<mode_t> mode;
  std::optional<uid_t> user;
  std::optional<gid_t> group;
};

// "picket", "picket:adm", ":adm", or numbers. The error says which name is not known. From one thread only.
Result<FileAccess> parse_owner(std::string_view text);

// Opens it for appending; creates it with mode 0600, never through a symbolic link as its last part, and refuses what
// is not a regular file. Returns the descriptor, which is the caller's.
Result<int> open_log_file(const std::string& path, const FileAccess& access);

// Gives the file that mode and that owner.
Result<void> set_access(int descriptor, const std::string& path, const FileAccess& access);

}  // namespace picket
