// SPDX-License-Identifier: Apache-2.0
//
// What is asked of the hasher, and what it answers. Plain data.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "rules/event/file_hash.h"

namespace picket {

// Which file, as the kernel's record says.
struct FileIdentity {
  std::uint64_t inode = 0;
  std::uint64_t ctime = 0;   // last change of the inode, nanoseconds since 1970; 0: the record does not say
  std::uint32_t device = 0;  // major << 20 | minor

  bool operator==(const FileIdentity&) const = default;
};

// Which event asked, and about which of its files: one record of one CPU. So an answer finds its event in a replay,
// too.
struct HashTicket {
  std::uint64_t sequence = 0;  // of its header
  std::uint64_t time = 0;      // of its header
  std::uint32_t cpu = 0;       // of its header
  bool executable = false;     // the file its process executes; else the one the event is about

  bool operator==(const HashTicket&) const = default;
};

struct HashRequest {
  HashTicket ticket;
  FileIdentity file;
  std::uint32_t pid = 0;         // of the process
  std::uint32_t parent_pid = 0;  // of its parent, whose root is mostly the same and may outlive it; 0: none
  std::string path;              // as seen from the process's root; empty when it is not known
  std::string other_path;        // where it may be as well; empty: nowhere
};

struct HashAnswer {
  HashTicket ticket;
  FileIdentity file;  // as it was asked for
  FileHash hash;      // Known or Missing

  bool operator==(const HashAnswer&) const = default;
};

}  // namespace picket
