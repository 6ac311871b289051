// SPDX-License-Identifier: Apache-2.0
//
// The spool's directory: the only file of the room that names files to the kernel. The directory itself is never
// reached through a symbolic link as its last part, belongs to the user that runs the sensor, has mode 0700, and is
// used by one sensor at a time. Whatever happens to its path later, all files are opened below the descriptor that was
// locked.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "rules/event/descriptor.h"
#include "rules/event/result.h"

namespace picket {

class SpoolDirectory {
 public:
  // Opens it, makes it when it is not there (its parent must be), and locks it.
  static Result<SpoolDirectory> open(const std::string& path);

  // Names of all files but "." and "..", in no order.
  Result<std::vector<std::string>> list() const;

  // A regular file to read; otherwise none, with errno set (EINVAL when it is of another kind).
  Descriptor open_to_read(const std::string& name) const;
  Descriptor create(const std::string& name) const;          // none, with errno set, when there is one already
  Descriptor open_or_create(const std::string& name) const;  // to read and write; none with errno set
  bool remove(const std::string& name) const;                // false with errno set; true when it is not there
  bool sync() const;                                         // which files there are is on the disk; false with errno

  const std::string& path() const { return path_; }

 private:
  SpoolDirectory(std::string path, Descriptor directory) : path_(std::move(path)), directory_(std::move(directory)) {}

  std::string path_;
  Descriptor directory_;
  Descriptor lock_;
};

// Reads until the buffer is full or the file ends; -1 with errno set.
std::int64_t read_at(int file, char* buffer, std::size_t size, std::uint64_t offset);

// How much was written; less than `size`, with errno set, when the device takes no more.
std::size_t write_at(int file, const char* bytes, std::size_t size, std::uint64_t offset);

}  // namespace picket
