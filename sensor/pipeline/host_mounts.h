// SPDX-License-Identifier: Apache-2.0
//
// Where the host shows its file systems, told to the kernel programs: what a file's path begins with for the host,
// whatever mount or root a process came to it by (bpf/lib/other_names.bpf.h).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "bpf/shared/policy.h"
#include "rules/event/result.h"

namespace picket {

// Used from one thread.
class HostMounts {
 public:
  struct Kernel {
    std::function<Result<void>(std::uint32_t device, const pk_file_system* where)> show;  // nullptr: nowhere any more
    std::function<void(std::uint32_t device)> set_root;
  };

  // `table`: the mountinfo of a process that sees what the host does. A table that cannot be read is said on the log;
  // other names than the root's are not known then.
  HostMounts(std::string table, Kernel kernel);
  ~HostMounts();
  HostMounts(const HostMounts&) = delete;
  HostMounts& operator=(const HostMounts&) = delete;

  // Takes over what has changed since the last call. One system call when nothing has: the kernel wakes pollers of the
  // table (mounts_poll() in fs/proc_namespace.c).
  void look();

  std::size_t size() const { return shown_.size(); }

 private:
  void read();
  void tell(const std::map<std::uint32_t, std::string>& found);

  const Kernel kernel_;
  const int table_;
  bool read_before_ = false;
  std::map<std::uint32_t, std::string> shown_;  // by device: the path, "" of the root
  bool said_left_out_ = false;
};

// The path of a mount as the kernel programs need it; false when it is too long or too deep for them.
bool write_file_system(std::string_view path, pk_file_system& where);

}  // namespace picket
