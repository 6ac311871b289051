// SPDX-License-Identifier: Apache-2.0
//
// The checkpoint of a spool: which records need not be sent any more. One file of two slots that are written in turn,
// in place: a write torn by a power loss leaves the other slot, and a full disk does not keep us from writing down that
// something was delivered, which is what makes room again. (A new file and a rename would need a free block just then.)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "exporters/spool/directory.h"

namespace picket {

// As many as there are priorities of rules (rules/event/priorities.def); 0 is the highest.
inline constexpr std::size_t kSpoolPriorities = 8;

struct Checkpoint {
  struct Log {
    std::uint64_t done = 0;  // records below this ordinal are delivered, or were given up and counted
    std::uint64_t next = 0;  // records below this ordinal were on the disk
  };
  std::uint64_t sequence = 0;  // of the next record, or less
  std::array<Log, kSpoolPriorities> logs{};
};

class CheckpointFile {
 public:
  static Result<CheckpointFile> open(const SpoolDirectory& directory);

  // What was read when it was opened; all zero when there was none.
  const Checkpoint& start() const { return start_; }
  bool found() const { return found_; }
  bool damaged() const { return damaged_; }  // there was one, and no slot of it is valid

  // Writes it to the disk. False, with errno set, when the device does not take it: then the one before still holds.
  bool write(const Checkpoint& checkpoint);

 private:
  explicit CheckpointFile(Descriptor file) : file_(std::move(file)) {}
  bool read();

  Descriptor file_;
  Checkpoint start_;
  std::uint64_t generation_ = 0;  // of the newest valid slot; its parity tells which
  bool found_ = false;
  bool damaged_ = false;
};

}  // namespace picket
