// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/exempt_files.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace picket {
namespace {

pk_file_id id_of(const struct stat& status) {
  return {(std::uint64_t{major(status.st_dev)} << 20) | minor(status.st_dev), status.st_ino};
}

bool same(const pk_file_id& a, const pk_file_id& b) { return a.device == b.device && a.inode == b.inode; }

bool is_roots_program(const struct stat& status) {
  return S_ISREG(status.st_mode) && (status.st_uid == 0 || status.st_uid == ::geteuid()) &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

}  // namespace

ExemptFiles::ExemptFiles(std::vector<std::string> paths, std::string host_root, Add add) : add_(std::move(add)) {
  for (std::string& path : paths) paths_.push_back({(host_root == "/" ? "" : host_root) + path, {}});
}

ExemptFiles::~ExemptFiles() {
  for (const Known& known : known_) ::close(known.descriptor);
}

bool ExemptFiles::knows(const pk_file_id& id) const {
  return std::any_of(known_.begin(), known_.end(), [&id](const Known& known) { return same(known.id, id); });
}

void ExemptFiles::look() {
  for (Path& path : paths_) look_at(path);
}

void ExemptFiles::look_at(Path& path) {
  struct stat status {};
  if (::stat(path.path.c_str(), &status) != 0 || same(path.last, id_of(status))) return;
  path.last = id_of(status);
  if (!is_roots_program(status)) {
    spdlog::warn("{} is not exempt from enforcement: others than root could change it", path.path);
    return;
  }
  const int descriptor = ::open(path.path.c_str(), O_PATH | O_CLOEXEC);
  struct stat opened {};
  const bool unchanged = descriptor >= 0 && ::fstat(descriptor, &opened) == 0 && same(path.last, id_of(opened)) &&
                         is_roots_program(opened);
  if (!unchanged || knows(path.last) || known_.size() == PK_EXEMPT_FILES) {
    if (!unchanged) path.last = {};  // it was exchanged just now: the next look will tell
    if (descriptor >= 0) ::close(descriptor);
    return;
  }
  known_.push_back({path.last, descriptor});
  add_(path.last);
}

}  // namespace picket
