// SPDX-License-Identifier: Apache-2.0
//
// Files in which container runtimes keep their state, opened without being led astray.
//
// A base directory ("/run/containerd/...") is the administrator's and found as any program would find it, symbolic
// links included, but never outside the host's root. From there on names are walked one by one, since some of them come
// from what a container's user chose: no symbolic link, no mount point trick, nothing that another user could have
// written. Every directory on the way, the base included, and the file itself must belong to root and be writable for
// nobody else (the group root may write: LXC's directories are made so).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace picket {

// Why there is no metadata.
enum class StateProblem { Missing, Unreadable, Untrusted, TooLarge, Malformed, OtherCgroup };

inline constexpr std::size_t kStateProblems = 6;

std::string_view state_problem_name(StateProblem problem);  // "missing"

struct StateFile {
  std::string bytes;
  std::optional<StateProblem> problem;  // bytes are empty then
};

// Thread-safe: it keeps nothing but its settings.
class StateFiles {
 public:
  static constexpr std::size_t kLargest = 8u << 20;

  // `host_root`: where the host's root directory is seen from here ("/host" in a container). `owner`: for tests; whose
  // files are trusted.
  explicit StateFiles(std::string host_root = "/", uid_t owner = 0) : host_root_(std::move(host_root)), owner_(owner) {}

  // The file at base/names[0]/names[1]... ; a name with a slash, "." or ".." is Untrusted.
  StateFile read(std::string_view base, std::span<const std::string_view> names) const;
  StateFile read(std::string_view base, std::initializer_list<std::string_view> names) const {
    return read(base, std::span(names.begin(), names.size()));
  }

  // A trusted directory is there.
  bool has_directory(std::string_view base, std::initializer_list<std::string_view> names) const;

  // The names in a base directory, at most `limit` of them, in no order; none when it is not trusted.
  std::vector<std::string> list(std::string_view base, std::size_t limit) const;

 private:
  std::string host_root_;
  uid_t owner_;
};

}  // namespace picket
