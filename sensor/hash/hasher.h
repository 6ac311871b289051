// SPDX-License-Identifier: Apache-2.0
//
// The threads that read files to hash them, so that no event ever waits for a disk but those that need the hash.
//
// Two threads work. One that has been busy for longer than an event waits is stuck: in a single call on a file system
// that does not answer (FUSE, NFS), which nothing can interrupt but the end of the sensor. Another takes its place, up
// to kMostThreads; when all are stuck, requests run out of time. Nobody waits for a stuck one: its thread ends when the
// file system answers, or with the sensor.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "sensor/hash/file_hasher.h"
#include "sensor/hash/request.h"

namespace picket {

struct HasherSettings {
  std::chrono::nanoseconds wait = std::chrono::seconds(2);  // for an answer, from the moment of asking
  std::size_t most_queued = 1024;                           // requests that no thread has taken yet
  HashLimits limits = {};
};

class Hasher {
 public:
  static constexpr unsigned kThreads = 2;
  static constexpr unsigned kMostThreads = 8;  // stuck ones included

  // Starts no thread before it is asked something.
  explicit Hasher(HasherSettings settings);
  ~Hasher();  // returns within a second, and at once unless a thread is stuck
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  // From one thread. Neither waits for a file. Each request is answered once, by a hash or by the problem, but for
  // those that a stuck thread has taken. When the queue is full that is the answer.
  void ask(HashRequest request);
  std::vector<HashAnswer> take();  // what has been answered since

  unsigned threads() const;          // started so far
  std::uint64_t files_read() const;  // as FileHasher's

 private:
  struct Shared;

  void staff();

  std::shared_ptr<Shared> shared_;  // with the threads, which may outlive this
};

}  // namespace picket
