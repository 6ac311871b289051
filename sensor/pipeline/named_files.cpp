// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/named_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace picket {
namespace {

constexpr std::size_t kEntriesBetweenPauses = 256;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using OpenDirectory = std::unique_ptr<DIR, CloseDirectory>;

int open_below(int root, const std::string& path, std::uint64_t flags) {
  open_how how{};
  how.flags = flags | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_IN_ROOT;
  return static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how));
}

class Search {
 public:
  Search(int root, std::size_t most, const std::function<void()>& pause) : root_(root), left_(most), pause_(pause) {}

  void look_at(const std::string& path) {
    const int file = open_below(root_, path, O_PATH);
    if (file < 0) return;
    struct stat status {};
    const bool known = ::fstat(file, &status) == 0;
    ::close(file);
    if (!known) return;
    if (!S_ISDIR(status.st_mode)) {
      found_.paths.push_back(path);
    } else if (walked_.insert(path).second) {
      walk(path, status.st_dev);
    }
  }

  NamedFiles take() && { return std::move(found_); }

 private:
  // Depth is bounded by `left_` only, so that directories wait in a list, not on the stack.
  void walk(const std::string& top, dev_t device) {
    std::vector<std::string> waiting{top};
    while (!waiting.empty()) {
      const std::string path = std::move(waiting.back());
      waiting.pop_back();
      const int number = open_below(root_, path, O_RDONLY | O_DIRECTORY | O_NOATIME);
      const OpenDirectory directory(number < 0 ? nullptr : ::fdopendir(number));
      if (directory == nullptr) continue;
      if (!read(path, *directory, device, waiting)) return;
    }
  }

  // False when there is more than may be looked at.
  bool read(const std::string& path, DIR& directory, dev_t device, std::vector<std::string>& waiting) {
    while (const dirent* entry = ::readdir(&directory)) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (left_ == 0) return !(found_.cut = true);
      if (--left_ % kEntriesBetweenPauses == 0) pause_();
      struct stat status {};
      if (::fstatat(::dirfd(&directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
      if (status.st_dev != device) continue;
      if (S_ISDIR(status.st_mode)) {
        std::string below = path + "/" + entry->d_name;
        if (walked_.insert(below).second) waiting.push_back(std::move(below));
      } else if (status.st_nlink > 1) {
        found_.paths.push_back(path + "/" + entry->d_name);
      }
    }
    return true;
  }

  const int root_;
  std::size_t left_;
  const std::function<void()>& pause_;
  std::unordered_set<std::string> walked_;  // directories: those that are named may lie in each other
  NamedFiles found_;
};

}  // namespace

NamedFiles find_named_files(const std::string& root, std::span<const std::string> names, std::size_t most,
                            const std::function<void()>& pause) {
  const int directory = ::open(root.empty() ? "/" : root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return {};
  std::vector<std::string> sorted(names.begin(), names.end());
  std::sort(sorted.begin(), sorted.end());
  Search search(directory, most, pause);
  for (const std::string& name : sorted) search.look_at(name);
  ::close(directory);
  NamedFiles found = std::move(search).take();
  // A file may be named itself and lie in a directory that is.
  std::sort(found.paths.begin(), found.paths.end());
  found.paths.erase(std::unique(found.paths.begin(), found.paths.end()), found.paths.end());
  return found;
}

}  // namespace picket
