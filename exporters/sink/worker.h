// SPDX-License-Identifier: Apache-2.0
//
// Worker: the queue and the thread of a sink that is not written to by the engine's thread.
#pragma once

#include <atomic>
#include <chrono>
#include <span>
#include <thread>
#include <vector>

#include "exporters/sink/destination.h"
#include "exporters/sink/queue.h"

namespace picket {

// Its functions are for the engine's thread; none of them waits for the destination but join(). Destination and ledger
// must outlive it, and are its thread's until join() returns.
class Worker {
 public:
  using Clock = std::chrono::steady_clock;

  Worker(Destination& destination, Ledger& ledger, std::size_t queue_bytes);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Queues copies, drops those for which there is no room, and wakes the thread once for all of them. The ledger has
  // them as queued already.
  void take(std::span<const Message> messages);

  const MessageQueue& queue() const { return queue_; }  // to be asked how full it is

  void reopen();  // the destination will be told

  // The thread delivers what is queued until then, and ends.
  void stop(Clock::time_point deadline);
  void join();

 private:
  void run();
  void deliver();
  void wait();
  void wake();
  bool stopping() const { return deadline_.load() != Clock::time_point::max(); }

  Destination& destination_;
  Ledger& ledger_;
  MessageQueue queue_;
  std::vector<Message> messages_;  // the thread's
  const int wake_up_;              // an eventfd
  std::atomic<bool> asleep_ = false;
  std::atomic<bool> reopen_ = false;
  std::atomic<Clock::time_point> deadline_ = Clock::time_point::max();  // not this: it is to end
  std::thread thread_;
};

}  // namespace picket
