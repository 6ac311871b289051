// SPDX-License-Identifier: Apache-2.0
//
// FileKeeper: what a file needs that takes time, in a thread of its own: old files are compressed and removed, and what
// was written is brought to the disk.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "exporters/sink/old_files.h"

namespace picket {

// Used from one thread. What it could not do it says to the log.
class FileKeeper {
 public:
  FileKeeper(std::string path, const OldFileLimits& limits);
  ~FileKeeper();  // what was begun is ended; what was not is left to the next run
  FileKeeper(const FileKeeper&) = delete;
  FileKeeper& operator=(const FileKeeper&) = delete;

  // Soon, and returns at once.
  void tidy();                // the old files
  void sync(int descriptor);  // which stays the caller's

 private:
  void run();

  const std::string path_;
  const OldFileLimits limits_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool tidy_ = false, stop_ = false;
  std::vector<int> sync_;  // descriptors of its own
  std::thread thread_;
};

}  // namespace picket
