// SPDX-License-Identifier: Apache-2.0
//
// The spool's directory: checks at the door, then openat(2) only.
#include "exporters/spool/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>
#include <string_view>
#include <system_error>

namespace picket {

namespace {

constexpr int kAlways = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
constexpr const char* kLockName = "lock";

std::string reason(int error) { return std::generic_category().message(error); }

Result<Descriptor> open_checked(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return Error{"spool directory " + path + " cannot be made: " + reason(errno),
                 "make its parent directory, or choose another one"};
  Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | kAlways));
  if (!directory)
    return Error{"spool directory " + path + " cannot be opened: " + reason(errno),
                 "it has to be a directory of its own, not a symbolic link"};
  struct stat status;
  if (::fstat(directory.get(), &status) != 0) return Error{"spool directory " + path + ": " + reason(errno), ""};
  if (status.st_uid != ::geteuid())
    return Error{"spool directory " + path + " belongs to user " + std::to_string(status.st_uid) +
                     ", but the sensor runs as user " + std::to_string(::geteuid()),
                 "what others can write to cannot be trusted: chown it, or choose another one"};
  if ((status.st_mode & 07777) != 0700 && ::fchmod(directory.get(), 0700) != 0)
    return Error{"spool directory " + path + " cannot be given mode 0700: " + reason(errno), ""};
  return directory;
}

}  // namespace

Result<SpoolDirectory> SpoolDirectory::open(const std::string& path) {
  auto directory = open_checked(path);
  if (!directory) return directory.error();
  SpoolDirectory result(path, std::move(*directory));
  result.lock_ = result.open_or_create(kLockName);
  if (!result.lock_) return Error{"spool " + path + ": its lock cannot be opened: " + reason(errno), ""};
  if (::flock(result.lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return Error{"spool " + path + " is in use by another sensor", "give each sensor a spool directory of its own"};
    return Error{"spool " + path + " cannot be locked: " + reason(errno), "it has to lie on a local file system"};
  }
  return result;
}

Result<std::vector<std::string>> SpoolDirectory::list() const {
  const int readable = ::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(readable < 0 ? nullptr : ::fdopendir(readable), ::closedir);
  if (!stream) {
    const int error = errno;
    if (readable >= 0) ::close(readable);
    return Error{"spool " + path_ + " cannot be listed: " + reason(error), ""};
  }
  std::vector<std::string> names;
  while (errno = 0, true) {
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return Error{"spool " + path_ + " cannot be listed: " + reason(errno), ""};
  return names;
}

Descriptor SpoolDirectory::open_to_read(const std::string& name) const {
  Descriptor file(::openat(directory_.get(), name.c_str(), O_RDONLY | kAlways));
  struct stat status;
  if (!file || ::fstat(file.get(), &status) != 0) return Descriptor();
  if (S_ISREG(status.st_mode)) return file;
  file.reset();
  errno = EINVAL;
  return Descriptor();
}

Descriptor SpoolDirectory::create(const std::string& name) const {
  return Descriptor(::openat(directory_.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | kAlways, 0600));
}

Descriptor SpoolDirectory::open_or_create(const std::string& name) const {
  return Descriptor(::openat(directory_.get(), name.c_str(), O_RDWR | O_CREAT | kAlways, 0600));
}

bool SpoolDirectory::remove(const std::string& name) const {
  return ::unlinkat(directory_.get(), name.c_str(), 0) == 0 || errno == ENOENT;
}

bool SpoolDirectory::sync() const { return ::fsync(directory_.get()) == 0; }

std::int64_t read_at(int file, char* buffer, std::size_t size, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::pread(file, buffer + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return static_cast<std::int64_t>(done);
}

std::size_t write_at(int file, const char* bytes, std::size_t size, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t put = ::pwrite(file, bytes + done, size - done, static_cast<off_t>(offset + done));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) {
      if (put == 0) errno = ENOSPC;
      break;
    }
    done += static_cast<std::size_t>(put);
  }
  return done;
}

}  // namespace picket
