// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/pins.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <utility>

#include "rules/event/time.h"

namespace picket {
namespace {

constexpr std::string_view kOfSensor = "sensor-", kOfLink = "link-";
constexpr std::string_view kOfMaps[] = {"images", "image-", "notes-", "ring-"};

Error failure(const std::string& what, int code, std::string hint = {}) {
  return {what + ": " + std::strerror(code), std::move(hint)};
}

// The directory, if it is one (no link to one), in a BPF file system, and nobody but this user can change it.
Result<Handle> open_own(const std::string& path) {
  Handle directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return failure(path, errno);
  struct statfs system {};
  if (::fstatfs(directory.get(), &system) != 0) return failure(path, errno);
  if (system.f_type != BPF_FS_MAGIC) {
    return Error{path + " is not in a BPF file system",
                 "mount -t bpf bpf /sys/fs/bpf; in a container, mount the host's /sys/fs/bpf there"};
  }
  struct stat status {};
  if (::fstat(directory.get(), &status) != 0) return failure(path, errno);
  if (status.st_uid != ::geteuid() || (status.st_mode & 0077) != 0) {
    return Error{path + " is not this user's alone",
                 "it is to belong to root with mode 0700; whoever made it can say what it is for"};
  }
  return directory;
}

// The directory that all others are in, locked; made if `make`. An error of ENOENT otherwise is no directory at all.
Result<Handle> open_root(bool make) {
  if (make && ::mkdir(kPinRoot, 0700) != 0 && errno != EEXIST) {
    return failure(std::string("making ") + kPinRoot, errno, "mount -t bpf bpf /sys/fs/bpf");
  }
  auto root = open_own(kPinRoot);
  if (root && ::flock(root->get(), LOCK_EX) != 0) return failure(std::string("locking ") + kPinRoot, errno);
  return root;
}

std::vector<std::string> entries_of(int directory) {
  std::vector<std::string> names;
  DIR* const list = ::fdopendir(::dup(directory));
  if (list == nullptr) return names;
  ::rewinddir(list);
  while (const dirent* entry = ::readdir(list)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(list);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Handle& Handle::operator=(Handle&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

Handle::~Handle() {
  if (number_ >= 0) ::close(number_);
}

Pin kind_of_pin(std::string_view name) {
  if (name.starts_with(kOfLink)) return Pin::Link;
  const bool map = std::any_of(std::begin(kOfMaps), std::end(kOfMaps), [name](std::string_view begin) {
    return begin.ends_with('-') ? name.starts_with(begin) : name == begin;
  });
  return map ? Pin::Map : Pin::Foreign;
}

Result<std::unique_ptr<PinDirectory>> PinDirectory::create() {
  const auto root = open_root(true);
  if (!root) return root.error();
  char name[48];  // of one width, so that names are in the order of time
  std::snprintf(name, sizeof name, "%s%020" PRIu64, kOfSensor.data(), boot_clock());
  const std::string path = std::string(kPinRoot) + "/" + name;
  if (::mkdir(path.c_str(), 0700) != 0) return failure("making " + path, errno);
  auto own = open_own(path);
  if (!own) return own.error();
  if (::flock(own->get(), LOCK_EX | LOCK_NB) != 0) return failure("locking " + path, errno);
  return std::unique_ptr<PinDirectory>(new PinDirectory(path, std::move(*own)));
}

Result<PinDirectory::Found> PinDirectory::find() {
  Found found;
  if (::access(kPinRoot, F_OK) != 0 && errno == ENOENT) return found;
  const auto root = open_root(false);
  if (!root) return root.error();
  for (const std::string& name : entries_of(root->get())) {
    if (!name.starts_with(kOfSensor)) continue;
    const std::string path = std::string(kPinRoot) + "/" + name;
    auto directory = open_own(path);
    if (!directory) return directory.error();
    if (::flock(directory->get(), LOCK_EX | LOCK_NB) != 0) {
      ++found.running;
      continue;
    }
    found.ended.push_back(std::unique_ptr<PinDirectory>(new PinDirectory(path, std::move(*directory))));
  }
  return found;
}

Result<void> PinDirectory::pin(int object, const std::string& name) const {
  const std::string path = path_ + "/" + name;
  if (bpf_obj_pin(object, path.c_str()) != 0) return failure("pinning " + path, errno);
  return {};
}

Handle PinDirectory::open(const std::string& name) const { return Handle(bpf_obj_get((path_ + "/" + name).c_str())); }

void PinDirectory::unpin(const std::string& name) const { ::unlinkat(lock_.get(), name.c_str(), 0); }

std::vector<std::string> PinDirectory::names() const { return entries_of(lock_.get()); }

Result<void> PinDirectory::remove() const {
  for (const std::string& name : names()) {
    if (kind_of_pin(name) == Pin::Foreign) {
      return Error{path_ + "/" + name + " is not Picket's", "remove it by hand, then try again"};
    }
    if (::unlinkat(lock_.get(), name.c_str(), 0) != 0) return failure("removing " + path_ + "/" + name, errno);
  }
  if (::rmdir(path_.c_str()) != 0) return failure("removing " + path_, errno);
  ::rmdir(kPinRoot);  // when it was the last
  return {};
}

}  // namespace picket
