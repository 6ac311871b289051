// SPDX-License-Identifier: Apache-2.0
//
// The record of the last policy that was in force: a file that keeps a signed policy of last year from coming back.
//
//   picket policy record 1
//   version 1763757073
//   policy 5891b5b522...             SHA-256 of the manifest's text: the same version is the same policy
//
// The file is ours alone: where others could write to it or to its directory, it is refused. That it is missing can
// only mean that nothing was recorded yet; that it is there and cannot be read never means that. Whoever can
// remove files of root can begin anew, and could do worse.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "rules/event/result.h"

namespace picket::trust {

struct PolicyVersion {
  std::uint64_t number = 0;
  std::string policy;  // SHA-256

  bool operator==(const PolicyVersion&) const = default;
};

// Read once: from then on the memory counts, whatever happens to the file. Used from one thread at a time.
class VersionRecord {
 public:
  // Makes the directory, with mode 0700, if that is missing.
  static Result<std::unique_ptr<VersionRecord>> open(const std::string& path);

  const std::optional<PolicyVersion>& last() const { return last_; }

  // Writes what the record is to be, beside it, down to the disk: whatever can go wrong goes wrong here. Nothing to
  // write when that is what the file has.
  Result<void> stage(const PolicyVersion& version);
  // Puts it in place, and down to the disk. Even if that fails, last() is this version from here on.
  Result<void> commit(const PolicyVersion& version);
  // Removes what was staged.
  void discard();

 private:
  VersionRecord(std::string path, std::optional<PolicyVersion> last) : path_(std::move(path)), last_(std::move(last)) {}
  std::string staged_path() const { return path_ + ".new"; }

  std::string path_;
  std::optional<PolicyVersion> last_;
  bool written_ = true;  // last_ is in the file
};

// The lines above, and back. Strict: an error says why they are none.
std::string print(const PolicyVersion& version);
Result<PolicyVersion> parse_policy_version(const std::string& path, std::string_view text);

}  // namespace picket::trust
