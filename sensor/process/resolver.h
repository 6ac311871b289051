// SPDX-License-Identifier: Apache-2.0
//
// The thread that reads runtimes' state, so that no event ever waits for a disk. State appears shortly after the cgroup
// does, and may be read half written: a request is tried again, less and less often, until its time is over.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "rules/event/container.h"
#include "sensor/process/runtime_state.h"

namespace picket {

class Resolver {
 public:
  struct Request {
    std::uint64_t serial = 0;  // the requester's own number
    Container container;       // cgroup_path; full_id, runtime and pod.uid when the path named a container
    bool named = false;        // it did; else the state may know one
    std::chrono::nanoseconds wait{};
  };

  struct Answer {
    std::uint64_t serial = 0;
    bool is_container = false;
    Container container;                  // Complete or Unavailable
    std::optional<StateProblem> problem;  // why it is Unavailable
  };

  explicit Resolver(RuntimeState state) : state_(std::move(state)), thread_([this] { run(); }) {}
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // From any thread; neither waits for a file.
  void ask(Request request);
  std::vector<Answer> take();                                                        // what has been answered since
  bool has_answers() const { return has_answers_.load(std::memory_order_acquire); }  // cheap

 private:
  using Clock = std::chrono::steady_clock;
  struct Job {
    Request request;
    Clock::time_point next, end;
    Clock::duration pause;
  };

  void run();
  static bool is_due(const Job& job, Clock::time_point now) { return job.next <= now; }
  std::optional<Answer> attempt(Job& job, Clock::time_point now) const;

  RuntimeState state_;
  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::vector<Job> jobs_;
  std::vector<Answer> answers_;
  bool stop_ = false;
  std::atomic<bool> has_answers_{false};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace picket
