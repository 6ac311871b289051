// SPDX-License-Identifier: Apache-2.0
#include "exporters/sink/file_keeper.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

namespace picket {
namespace {

constexpr int kNice = 10;  // old files can wait

bool same_file(int one, int other) {
  struct stat first {
  }, second{};
  return fstat(one, &first) == 0 && fstat(other, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

}  // namespace

FileKeeper::FileKeeper(std::string path, const OldFileLimits& limits) : path_(std::move(path)), limits_(limits) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

FileKeeper::~FileKeeper() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
  for (const int descriptor : sync_) close(descriptor);
}

void FileKeeper::tidy() {
  {
    const std::lock_guard lock(mutex_);
    tidy_ = true;
  }
  changed_.notify_one();
}

// One that waits to be synchronised already will be with all that is in the file by then.
void FileKeeper::sync(int descriptor) {
  {
    const std::lock_guard lock(mutex_);
    if (!sync_.empty() && same_file(sync_.back(), descriptor)) return;
    const int own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (own < 0) return;
    sync_.push_back(own);
  }
  changed_.notify_one();
}

void FileKeeper::run() {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || tidy_ || !sync_.empty(); });
    if (stop_) return;
    const bool tidies = std::exchange(tidy_, false);
    const std::vector<int> descriptors = std::exchange(sync_, {});
    lock.unlock();
    for (const int descriptor : descriptors) {
      if (fdatasync(descriptor) != 0) {
        spdlog::error("{}: not on disk: {}", path_, std::generic_category().message(errno));
      }
      close(descriptor);
    }
    std::size_t removed = 0;
    if (tidies) {
      for (const std::string& problem : tidy_old_files(path_, limits_, removed)) spdlog::error("{}", problem);
    }
    if (removed != 0) spdlog::info("{}: {} old files gave way to younger ones", path_, removed);
    lock.lock();
  }
}

}  // namespace picket
