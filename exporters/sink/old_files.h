// SPDX-License-Identifier: Apache-2.0
//
// What rotation leaves behind: files beside the one that is written to, named after it and the time at which each was
// put aside, "alerts.json.20261122T211437.123456789Z", with ".zst" behind it once compressed. By name is by age.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rules/event/result.h"

namespace picket {

// What may be kept of them.
struct OldFileLimits {
  bool compress = false;
  std::uint64_t count = UINT64_MAX;  // that many files, the youngest
  std::uint64_t bytes = UINT64_MAX;  // together
};

// The name for `path` put aside at that time (nanoseconds since 1970).
std::string old_file_name(const std::string& path, std::uint64_t time);

// The names of those that are there, the oldest first. Names that rotation would not give are nobody's business.
std::vector<std::string> old_files(const std::string& path);

// Does what is left to do, whatever a run before this one left undone: removes half compressed copies and those of
// which there is a whole one, compresses, removes the oldest until the limits hold. Returns what could not be done, one
// sentence for each. Takes as long as it takes; `removed` counts files that gave way to younger ones.
std::vector<std::string> tidy_old_files(const std::string& path, const OldFileLimits& limits, std::size_t& removed);

// Writes `path`.zst, with mode and owner of `path`, and removes `path` when that is safely on disk.
Result<void> compress_file(const std::string& path);

}  // namespace picket
