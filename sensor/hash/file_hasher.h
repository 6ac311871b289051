// SPDX-License-Identifier: Apache-2.0
//
// From a request to a hash: finds the file, makes sure that it is the one, reads it.
//
// The right file. A name is only a way to look: the file behind it counts when its device and inode are those of the
// record, and its ctime where the record tells it, before and after it is read. It is looked for as what the process
// executes (/proc/PID/exe), then by its path below the roots of the process, of its parent and of the first process.
// Below a root no symbolic link is followed (openat2(2): the kernel resolved the path already), and it is opened
// without being read first (O_PATH): a device, a pipe or a socket is never opened.
//
// Devices. A record has the kernel's device of the file system (s_dev). On overlayfs and btrfs stat(2) shows another
// one; there the device of the mount is compared (mountinfo(5) shows s_dev). btrfs has one s_dev for all subvolumes, in
// each of which an inode number can be some other file, so that there the ctime is needed as well.
//
// Times. ctime is as fine as a tick of the clock (10 ms at most): a file that changed just now is read when two
// ticks have passed, so that a later change shows.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "sensor/hash/cache.h"
#include "sensor/hash/request.h"

namespace picket {

struct HashLimits {
  std::uint64_t most_bytes = 64u << 20;  // of a file
  std::size_t cached = 8192;             // files
  std::string proc = "/proc";
};

// When to give up. Asked between two reads; what cannot be interrupted is a single system call on a file system that
// does not answer (FUSE, NFS).
struct HashPatience {
  std::chrono::steady_clock::time_point until;
  const std::atomic<bool>* stopped = nullptr;  // nullptr: nobody stops it

  bool over() const {
    return (stopped != nullptr && stopped->load(std::memory_order_relaxed)) ||
           std::chrono::steady_clock::now() >= until;
  }
};

// Thread-safe: several threads hash at a time, without waiting for one another while they read.
class FileHasher {
 public:
  explicit FileHasher(const HashLimits& limits);

  // Known or Missing. Never throws.
  FileHash hash(const HashRequest& request, const HashPatience& patience);

  // How many files were read, those included that changed meanwhile; what the cache knew is not.
  std::uint64_t files_read() const { return files_read_.load(std::memory_order_relaxed); }

 private:
  class Search;

  std::optional<Sha256> cached(const HashKey& key);
  void cache(const HashKey& key, const Sha256& sha256);

  const HashLimits limits_;
  std::mutex mutex_;  // of the cache
  HashCache cache_;
  std::atomic<std::uint64_t> files_read_{0};
};

}  // namespace picket
