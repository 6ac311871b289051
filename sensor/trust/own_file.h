// SPDX-License-Identifier: Apache-2.0
//
// Files that we keep for ourselves, and that decide what is trusted: nobody but root and we can change them, and what
// is written is on the disk, whole, or not at all.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "rules/event/result.h"

namespace picket::trust {

// The file's text; nothing when there is no such file. Makes its directory, with mode 0700, if that is missing. Refuses
// a file or a directory that others could change, and whatever is no regular file. The error's message is the reason
// alone, without the path.
Result<std::optional<std::string>> read_own_file(const std::string& path, std::size_t largest);

// Writes the text there, with mode 0600, down to the disk. Returns 0 or an errno.
int write_down(const std::string& path, const std::string& text);

// Renames `from` to `to`, which it replaces, down to the disk. Returns 0 or an errno.
int put_in_place(const std::string& from, const std::string& to);

}  // namespace picket::trust
