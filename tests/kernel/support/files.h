// SPDX-License-Identifier: Apache-2.0
//
// Files that tests make and read. A failure fails the test.
#pragma once

#include <string>
#include <string_view>

namespace picket::test {

// The whole file, /proc's too; empty when it cannot be read.
std::string read_file(const std::string& path);

// Makes or replaces it.
void write_file(const std::string& path, std::string_view text);

// A copy with the same permissions.
void copy_file(const std::string& from, const std::string& to);

// A new directory on a tmpfs, where stat() tells the same inode and device as the kernel has (an overlay, the guest's
// root, does not). Everybody may look into it. Removed at the end.
class Directory {
 public:
  Directory();
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_ = "/run/test-XXXXXX";
};

// What a symbolic link says, such as /proc/PID/cwd.
std::string read_link(const std::string& path);

}  // namespace picket::test
