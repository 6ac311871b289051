// SPDX-License-Identifier: Apache-2.0
//
// The file that file.hash.* is about, for the kinds of event that are about one whose content is settled.
#pragma once

#include <optional>
#include <string_view>

#include "rules/event/event.h"

namespace picket {

// Not among them: opens for writing, create and truncate, whose content is in the making; unlink, whose file goes.
inline constexpr KindSet kHashedKinds{Kind::open, Kind::mmap,  Kind::mprotect, Kind::rename,
                                      Kind::link, Kind::chmod, Kind::module};

struct HashedFile {
  std::uint64_t inode = 0;
  std::uint32_t device = 0;          // as the kernel has it
  std::string_view path = {};        // as seen from the process's root; empty when it is not known as a whole
  std::string_view other_path = {};  // where it may be as well: it is renamed before or after somebody looks
};

// Nothing when the event is about no regular file (a directory, anonymous memory), or about one that it may write to.
std::optional<HashedFile> hashed_file(const Event& event);

}  // namespace picket
