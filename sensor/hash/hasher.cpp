// SPDX-License-Identifier: Apache-2.0
#include "sensor/hash/hasher.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace picket {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kLongestGoodbye = std::chrono::seconds(1);

}  // namespace

struct Hasher::Shared {
  explicit Shared(HasherSettings given) : settings(std::move(given)), files(settings.limits) {}

  struct Job {
    HashRequest request;
    Clock::time_point until;
  };

  const HasherSettings settings;
  FileHasher files;
  std::atomic<bool> stop{false};
  std::atomic<bool> has_answers{false};

  std::mutex mutex;  // of what follows
  std::condition_variable changed;
  std::deque<Job> jobs;
  std::vector<HashAnswer> answers;
  std::array<Clock::time_point, kMostThreads> busy_since{};  // of each thread; zero: it waits for a job
  unsigned threads = 0;                                      // started
  unsigned ended = 0;                                        // of them

  // Needs the lock.
  void answer(const HashRequest& request, const FileHash& hash) {
    answers.push_back({request.ticket, request.file, hash});
    has_answers.store(true, std::memory_order_release);
  }

  // Of the threads, how many are stuck and how many have nothing to do. Needs the lock.
  std::pair<unsigned, unsigned> stuck_and_idle(Clock::time_point now) const {
    unsigned stuck = 0, idle = 0;
    for (unsigned i = 0; i < threads; ++i) {
      const bool works = busy_since[i] != Clock::time_point();
      idle += works ? 0 : 1;
      stuck += works && now - busy_since[i] > settings.wait ? 1 : 0;
    }
    return {stuck, idle};
  }

  void work(unsigned thread) {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [this] { return stop || !jobs.empty(); });
      if (stop) break;
      const Job job = std::move(jobs.front());
      jobs.pop_front();
      busy_since[thread] = Clock::now();
      lock.unlock();
      const FileHash hash = files.hash(job.request, {job.until, &stop});
      lock.lock();
      busy_since[thread] = {};
      answer(job.request, hash);
    }
    ++ended;
    changed.notify_all();
  }
};

Hasher::Hasher(HasherSettings settings) : shared_(std::make_shared<Shared>(std::move(settings))) {}

Hasher::~Hasher() {
  std::unique_lock lock(shared_->mutex);
  shared_->stop = true;
  shared_->changed.notify_all();
  shared_->changed.wait_for(lock, kLongestGoodbye, [this] { return shared_->ended == shared_->threads; });
}

void Hasher::ask(HashRequest request) {
  {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->jobs.size() >= shared_->settings.most_queued) {
      return shared_->answer(request, FileHash::missing(HashProblem::QueueFull));
    }
    shared_->jobs.push_back({std::move(request), Clock::now() + shared_->settings.wait});
  }
  shared_->changed.notify_one();
  staff();
}

std::vector<HashAnswer> Hasher::take() {
  staff();
  if (!shared_->has_answers.load(std::memory_order_acquire)) return {};
  const std::lock_guard lock(shared_->mutex);
  shared_->has_answers.store(false, std::memory_order_release);
  return std::exchange(shared_->answers, {});
}

// Starts a thread when there is work for which none is free.
void Hasher::staff() {
  unsigned number = 0;
  {
    const std::lock_guard lock(shared_->mutex);
    const auto [stuck, idle] = shared_->stuck_and_idle(Clock::now());
    const unsigned sound = shared_->threads - stuck;
    if (shared_->jobs.size() <= idle || sound >= kThreads || shared_->threads == kMostThreads) return;
    number = shared_->threads++;
  }
  try {
    std::thread([shared = shared_, number] { shared->work(number); }).detach();
  } catch (const std::system_error&) {  // no more threads on this machine: it is tried again with the next request
    const std::lock_guard lock(shared_->mutex);
    --shared_->threads;
  }
}

unsigned Hasher::threads() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->threads;
}

std::uint64_t Hasher::files_read() const { return shared_->files.files_read(); }

}  // namespace picket
