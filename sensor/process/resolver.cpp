// SPDX-License-Identifier: Apache-2.0
#include "sensor/process/resolver.h"

#include <algorithm>
#include <iterator>

namespace picket {
namespace {

using namespace std::chrono_literals;

constexpr auto kFirstPause = 4ms;
constexpr auto kLongestPause = 256ms;

}  // namespace

Resolver::~Resolver() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Resolver::ask(Request request) {
  {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    const auto end = now + std::chrono::duration_cast<Clock::duration>(request.wait);
    jobs_.push_back({std::move(request), now, end, kFirstPause});
  }
  changed_.notify_one();
}

std::vector<Resolver::Answer> Resolver::take() {
  const std::lock_guard lock(mutex_);
  has_answers_.store(false, std::memory_order_release);
  return std::exchange(answers_, {});
}

void Resolver::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    const auto now = Clock::now();
    const auto due = std::partition(jobs_.begin(), jobs_.end(), [now](const Job& job) { return !is_due(job, now); });
    std::vector<Job> work(std::make_move_iterator(due), std::make_move_iterator(jobs_.end()));
    jobs_.erase(due, jobs_.end());
    if (work.empty()) {
      const auto next = std::min_element(jobs_.begin(), jobs_.end(),
                                         [](const Job& one, const Job& other) { return one.next < other.next; });
      if (next == jobs_.end()) {
        changed_.wait(lock);
      } else {
        changed_.wait_until(lock, Clock::time_point(next->next));
      }
      continue;
    }
    for (Job& job : work) {
      lock.unlock();
      auto answer = attempt(job, Clock::now());
      lock.lock();
      if (answer) {
        answers_.push_back(*std::move(answer));
        has_answers_.store(true, std::memory_order_release);
      } else {
        jobs_.push_back(std::move(job));
      }
      if (stop_) return;
    }
  }
}

// Nothing when it is to be tried again.
std::optional<Resolver::Answer> Resolver::attempt(Job& job, Clock::time_point now) const {
  Request& request = job.request;
  Answer answer{request.serial, request.named, {}, {}};
  if (!request.named) {
    const auto found = state_.recognize(request.container.cgroup_path);
    if (!found) return answer;
    answer.is_container = true;
    request.container.runtime = found->runtime;
    request.container.full_id = found->id;
    request.container.id = short_id(found->id);
  }
  answer.problem = state_.read(request.container);
  if (answer.problem && now < job.end) {
    job.next = now + job.pause;
    job.pause = std::min<Clock::duration>(job.pause * 2, kLongestPause);
    return std::nullopt;
  }
  // A runtime has state for the name of this cgroup, and it is for another one: chance.
  if (answer.problem == StateProblem::OtherCgroup && !request.named) answer.is_container = false;
  answer.container = std::move(request.container);
  if (answer.problem) answer.container.metadata = Metadata::Unavailable;
  return answer;
}

}  // namespace picket
