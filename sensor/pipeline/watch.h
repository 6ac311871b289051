// SPDX-License-Identifier: Apache-2.0
//
// Watching rule files for changes, by inotify.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "rules/event/result.h"

namespace picket {

// Notices whatever could make `picket check` read something else: files that are written, replaced, made, removed or
// linked elsewhere, in the paths themselves and along every symbolic link on the way to them, the switch of a
// Kubernetes ConfigMap (..data) among them. Paths that are not there yet are watched for.
//
// What does not change a rule file's identity (device, inode, size, times) is no change, whatever else happens around
// it. Used from one thread.
class RuleWatch {
 public:
  static constexpr std::uint64_t kQuietNs = 250'000'000;      // so long must nothing happen before it counts
  static constexpr std::uint64_t kLongestNs = 2'000'000'000;  // unless it goes on for this long

  explicit RuleWatch(std::vector<std::string> paths);
  ~RuleWatch();
  RuleWatch(const RuleWatch&) = delete;
  RuleWatch& operator=(const RuleWatch&) = delete;

  // Why changes may go unnoticed (a limit of inotify, mostly); an empty text when all is well.
  const std::string& problem() const { return problem_; }

  // Looks what happened; `now` is of any clock that only grows. True when the files have changed since it last said so.
  bool poll(std::uint64_t now);

 private:
  struct Names {
    bool all = false;
    std::set<std::string> some;
  };
  struct Identity {
    std::string path;
    std::uint64_t device = 0, inode = 0, size = 0, modified = 0, changed = 0;
    bool operator==(const Identity&) const = default;
  };

  void arm();
  void follow(const std::string& path);
  Names* watch(const std::string& directory);
  bool touched();
  std::vector<Identity> identities() const;

  const std::vector<std::string> paths_;
  int inotify_ = -1;
  std::map<int, Names> watched_;  // by watch descriptor: the entries of that directory that matter
  std::string problem_;
  std::vector<Identity> last_;
  std::uint64_t first_touch_ = 0, last_touch_ = 0;  // 0: none
};

}  // namespace picket
