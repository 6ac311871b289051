// SPDX-License-Identifier: Apache-2.0
//
// The files that may have other names than those that rules know them by: what a rule names as a whole, and what is
// below a directory that a rule names and has more than one link.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace picket {

struct NamedFiles {
  std::vector<std::string> paths;  // from the root on, no link among them
  bool cut = false;                // there was more to look at than `most`
};

// Looks for the files of `names` (Plan::names) below `root`, the directory that is / to the rules. Follows no symbolic
// link, and leaves no directory for another file system. Looks at `most` entries of directories at most; calls `pause`
// every now and then. What cannot be read is left out.
NamedFiles find_named_files(const std::string& root, std::span<const std::string> names, std::size_t most,
                            const std::function<void()>& pause);

}  // namespace picket
