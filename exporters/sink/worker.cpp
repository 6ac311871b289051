// SPDX-License-Identifier: Apache-2.0
#include "exporters/sink/worker.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iterator>

namespace picket {
namespace {

constexpr std::size_t kTogether = 256;  // messages that a destination is offered at once

// How long a destination that has no room may wait for news, before it is looked at again.
constexpr std::chrono::milliseconds kLook{100};

int make_eventfd() {
  const int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor < 0) std::abort();
  return descriptor;
}

std::chrono::milliseconds until(Worker::Clock::time_point time) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(time - Worker::Clock::now());
  return std::max(left, std::chrono::milliseconds{0});
}

}  // namespace

// Signals are the engine's thread's: they end its waits.
Worker::Worker(Destination& destination, Ledger& ledger, std::size_t queue_bytes)
    : destination_(destination), ledger_(ledger), queue_(queue_bytes), wake_up_(make_eventfd()) {
  messages_.reserve(kTogether);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Worker::~Worker() {
  if (thread_.joinable()) {
    stop(Clock::now());
    join();
  }
  close(wake_up_);
}

void Worker::take(std::span<const Message> messages) {
  std::uint64_t full = 0, large = 0;
  for (const Message& message : messages) {
    const auto refused = queue_.push(message);
    if (refused) ++(*refused == DropCause::queue_full ? full : large);
  }
  if (full != 0) ledger_.dropped(DropCause::queue_full, full);
  if (large != 0) ledger_.dropped(DropCause::too_large, large);
  wake();
}

void Worker::reopen() {
  reopen_.store(true);
  wake();
}

void Worker::stop(Clock::time_point deadline) {
  deadline_.store(std::min(deadline, Clock::time_point::max() - Clock::duration{1}));
  wake();
}

void Worker::join() { thread_.join(); }

// The thread says that it sleeps before it looks a last time, and this is asked after there is something to see: one
// of both notices.
void Worker::wake() {
  if (!asleep_.exchange(false)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_up_, &one, sizeof one);
}

void Worker::wait() {
  asleep_.store(true);
  if (queue_.empty() && !reopen_.load() && !stopping()) {
    const Destination::Rest rest = destination_.rest();
    pollfd wanted[] = {{wake_up_, POLLIN, 0}, {rest.until_readable, POLLIN, 0}};  // poll() passes over -1
    poll(wanted, std::size(wanted), static_cast<int>(rest.at_most.count()));
  }
  asleep_.store(false);
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t size = read(wake_up_, &count, sizeof count);
}

void Worker::run() {
  while (!stopping()) {
    if (reopen_.exchange(false)) destination_.reopen();
    deliver();
    if (queue_.empty()) wait();
  }
  const Clock::time_point deadline = deadline_.load();
  while (!queue_.empty() && Clock::now() < deadline) deliver();
  destination_.flush(ledger_, until(deadline));
}

// When the destination does not take them, its news are waited for: they make room.
void Worker::deliver() {
  queue_.look(messages_, kTogether);
  const std::size_t taken = messages_.empty() ? 0 : destination_.send(messages_, ledger_);
  queue_.pop(taken);
  const auto patience = std::min(kLook, until(deadline_.load()));
  destination_.poll(ledger_, taken < messages_.size() ? patience : std::chrono::milliseconds{0});
}

}  // namespace picket
