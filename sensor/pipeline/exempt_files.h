// SPDX-License-Identifier: Apache-2.0
//
// The executables that are exempt from enforcement when the host's root runs them: the files that the paths of
// `enforcement.exempt` lead to, told to the kernel programs by device and inode, which no container can counterfeit.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bpf/shared/policy.h"

namespace picket {

// Used from one thread. A file that is replaced (an update of the runtime) counts from the next look() on; the one
// before goes on counting, since its processes may run for long, and is kept open, so that its inode becomes nobody
// else's.
class ExemptFiles {
 public:
  using Add = std::function<void(const pk_file_id& file)>;

  // Paths are on the host, below `host_root`. `add` tells the kernel.
  ExemptFiles(std::vector<std::string> paths, std::string host_root, Add add);
  ~ExemptFiles();
  ExemptFiles(const ExemptFiles&) = delete;
  ExemptFiles& operator=(const ExemptFiles&) = delete;

  // Finds out about files that are new. Cheap: to be called about once a second. Left out are files that others than
  // root can change, which is said on the log once, and all beyond PK_EXEMPT_FILES.
  void look();

  std::size_t size() const { return known_.size(); }

 private:
  struct Known {
    pk_file_id id;
    int descriptor;
  };
  // Of each path: the file that it led to last.
  struct Path {
    std::string path;
    pk_file_id last{};
  };

  void look_at(Path& path);
  bool knows(const pk_file_id& id) const;

  std::vector<Path> paths_;
  const Add add_;
  std::vector<Known> known_;
};

}  // namespace picket
