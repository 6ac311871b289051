// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/watch.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>

#include "rules/policy/documents.h"

namespace picket {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kChanges = IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ATTRIB |
                                   IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr int kMostLinks = 40;  // as the kernel follows

std::uint64_t nanoseconds(const timespec& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(time.tv_nsec);
}

std::deque<fs::path> components(const fs::path& path) { return {path.begin(), path.end()}; }

}  // namespace

RuleWatch::RuleWatch(std::vector<std::string> paths) : paths_(std::move(paths)) {
  arm();
  last_ = identities();
}

RuleWatch::~RuleWatch() {
  if (inotify_ >= 0) ::close(inotify_);
}

// Everything anew: what is to be watched depends on what is there.
void RuleWatch::arm() {
  if (inotify_ >= 0) ::close(inotify_);
  watched_.clear();
  problem_.clear();
  inotify_ = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (inotify_ < 0) {
    problem_ = std::strerror(errno);
    return;
  }
  for (const std::string& path : paths_) {
    follow(path);
    std::error_code ignored;
    if (!fs::is_directory(path, ignored)) continue;
    if (Names* names = watch(path)) names->all = true;
    for (const std::string& file : policy::files_of({path})) {
      if (fs::is_symlink(file, ignored)) follow(file);
    }
  }
}

// Walks along the path as the kernel does, and has each directory watched for the name that is looked up in it.
void RuleWatch::follow(const std::string& path) {
  std::error_code error;
  std::deque<fs::path> ahead = components(fs::absolute(path, error));
  fs::path here = "/";
  for (int links = 0; !ahead.empty();) {
    const fs::path name = ahead.front();
    ahead.pop_front();
    if (name == "/" || name == "." || name.empty()) continue;
    if (name == "..") {
      here = here.parent_path();
      continue;
    }
    Names* const names = watch(here);
    if (names == nullptr) return;  // not a directory, or not there: its own name is watched for
    names->some.insert(name);
    const fs::path next = here / name;
    if (!fs::is_symlink(next, error)) {
      here = next;
      continue;
    }
    const fs::path target = fs::read_symlink(next, error);
    if (error || ++links > kMostLinks) return;
    if (target.is_absolute()) here = "/";
    const auto before = components(target);
    ahead.insert(ahead.begin(), before.begin(), before.end());
  }
}

RuleWatch::Names* RuleWatch::watch(const std::string& directory) {
  const int number = ::inotify_add_watch(inotify_, directory.c_str(), kChanges);
  if (number >= 0) return &watched_[number];
  if (errno != ENOENT && errno != ENOTDIR) problem_ = directory + ": " + std::strerror(errno);
  return nullptr;
}

// Whether anything happened that may matter.
bool RuleWatch::touched() {
  bool touched = false;
  alignas(inotify_event) char buffer[16384];
  for (;;) {
    const ssize_t size = ::read(inotify_, buffer, sizeof buffer);
    if (size <= 0) return touched;
    for (ssize_t at = 0; at < size;) {
      const auto& event = *reinterpret_cast<const inotify_event*>(buffer + at);
      at += static_cast<ssize_t>(sizeof event + event.len);
      const auto found = watched_.find(event.wd);
      const bool self = event.len == 0;  // the directory itself, or events that were lost
      touched = touched || self ||
                (found != watched_.end() && (found->second.all || found->second.some.contains(event.name)));
    }
  }
}

std::vector<RuleWatch::Identity> RuleWatch::identities() const {
  std::vector<Identity> found;
  for (const std::string& path : policy::files_of(paths_)) {
    Identity& file = found.emplace_back();
    file.path = path;
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) continue;
    file.device = status.st_dev;
    file.inode = status.st_ino;
    file.size = static_cast<std::uint64_t>(status.st_size);
    file.modified = nanoseconds(status.st_mtim);
    file.changed = nanoseconds(status.st_ctim);
  }
  return found;
}

bool RuleWatch::poll(std::uint64_t now) {
  if (inotify_ < 0) return false;
  if (touched()) {
    last_touch_ = now;
    if (first_touch_ == 0) first_touch_ = now;
  }
  if (first_touch_ == 0 || (now - last_touch_ < kQuietNs && now - first_touch_ < kLongestNs)) return false;
  first_touch_ = 0;
  arm();  // before the files are looked at, so that whatever comes behind that is seen
  auto now_there = identities();
  const bool changed = now_there != last_;
  last_ = std::move(now_there);
  return changed;
}

}  // namespace picket
