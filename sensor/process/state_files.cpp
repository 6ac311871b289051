// SPDX-License-Identifier: Apache-2.0
//
// openat2(2) does the walking (Linux 5.6); C libraries have no function for it.
#include "sensor/process/state_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <memory>
#include <utility>

#include "rules/event/descriptor.h"

namespace picket {
namespace {

constexpr std::string_view kProblems[] = {"missing",   "unreadable", "not trusted",
                                          "too large", "malformed",  "of another cgroup"};
static_assert(std::size(kProblems) == kStateProblems);

// Either a descriptor or the reason why there is none.
struct Opened {
  Descriptor descriptor{-1};
  std::optional<StateProblem> problem;
};

Opened failed(StateProblem problem) { return {Descriptor(-1), problem}; }

Opened open_below(int directory, const std::string& name, int flags, unsigned long resolve) {
  open_how how{};
  how.flags = static_cast<decltype(how.flags)>(flags | O_CLOEXEC);
  how.resolve = resolve | RESOLVE_NO_MAGICLINKS;
  Descriptor descriptor(static_cast<int>(syscall(SYS_openat2, directory, name.c_str(), &how, sizeof how)));
  if (descriptor) return {std::move(descriptor), std::nullopt};
  if (errno == ENOENT) return failed(StateProblem::Missing);
  const bool led_astray = errno == ELOOP || errno == EXDEV || errno == ENOTDIR || errno == ENXIO;
  return failed(led_astray ? StateProblem::Untrusted : StateProblem::Unreadable);
}

bool is_trusted(int descriptor, mode_t format, uid_t owner, struct stat& status) {
  if (fstat(descriptor, &status) != 0 || (status.st_mode & S_IFMT) != format || status.st_uid != owner) return false;
  const bool others_write = (status.st_mode & S_IWOTH) != 0;
  const bool group_writes = (status.st_mode & S_IWGRP) != 0 && status.st_gid != 0;
  return !others_write && !group_writes;
}

Opened trusted_directory(Opened opened, uid_t owner) {
  struct stat status {};
  if (opened.problem || is_trusted(opened.descriptor.get(), S_IFDIR, owner, status)) return opened;
  return failed(StateProblem::Untrusted);
}

constexpr int kDirectory = O_PATH | O_DIRECTORY;
constexpr unsigned long kNoLinks = RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH;

Opened open_base(const std::string& host_root, std::string_view base, uid_t owner) {
  const Descriptor root(open(host_root.c_str(), kDirectory | O_CLOEXEC));
  if (!root) return failed(StateProblem::Missing);
  return trusted_directory(open_below(root.get(), std::string(base), kDirectory, RESOLVE_IN_ROOT), owner);
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
}

// From the base through the directories `names`.
Opened open_directory(const std::string& host_root, std::string_view base, std::span<const std::string_view> names,
                      uid_t owner) {
  Opened at = open_base(host_root, base, owner);
  for (const std::string_view name : names) {
    if (at.problem) break;
    if (!is_plain_name(name)) return failed(StateProblem::Untrusted);
    at = trusted_directory(open_below(at.descriptor.get(), std::string(name), kDirectory, kNoLinks), owner);
  }
  return at;
}

// As much as there is, whatever its size was said to be.
StateFile read_all(int file, std::size_t hint) {
  StateFile result;
  std::size_t used = 0;
  for (;;) {
    result.bytes.resize(std::max(used + 4096, hint + 1));
    const ssize_t got = read(file, result.bytes.data() + used, result.bytes.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return {{}, StateProblem::Unreadable};
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
    if (used > StateFiles::kLargest) return {{}, StateProblem::TooLarge};
  }
  result.bytes.resize(used);
  return result;
}

}  // namespace

std::string_view state_problem_name(StateProblem problem) { return kProblems[static_cast<std::size_t>(problem)]; }

StateFile StateFiles::read(std::string_view base, std::span<const std::string_view> names) const {
  const Opened directory = open_directory(host_root_, base, names.first(names.size() - 1), owner_);
  if (directory.problem) return {{}, directory.problem};
  if (!is_plain_name(names.back())) return {{}, StateProblem::Untrusted};

  // O_NONBLOCK: a FIFO must not make us wait for its writer before it is refused.
  const Opened file =
      open_below(directory.descriptor.get(), std::string(names.back()), O_RDONLY | O_NONBLOCK | O_NOCTTY, kNoLinks);
  if (file.problem) return {{}, file.problem};
  struct stat status {};
  if (!is_trusted(file.descriptor.get(), S_IFREG, owner_, status)) return {{}, StateProblem::Untrusted};
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > kLargest) return {{}, StateProblem::TooLarge};
  return read_all(file.descriptor.get(), size);
}

bool StateFiles::has_directory(std::string_view base, std::initializer_list<std::string_view> names) const {
  return !open_directory(host_root_, base, std::span(names.begin(), names.size()), owner_).problem;
}

std::vector<std::string> StateFiles::list(std::string_view base, std::size_t limit) const {
  const Opened directory = open_base(host_root_, base, owner_);
  if (directory.problem) return {};
  Descriptor readable(openat(directory.descriptor.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!readable) return {};
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(fdopendir(readable.release()), closedir);
  std::vector<std::string> names;
  while (entries && names.size() < limit) {
    const dirent* entry = readdir(entries.get());
    if (entry == nullptr) break;
    if (is_plain_name(entry->d_name)) names.emplace_back(entry->d_name);
  }
  return names;
}

}  // namespace picket
