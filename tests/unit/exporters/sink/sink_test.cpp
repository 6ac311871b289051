// SPDX-License-Identifier: Apache-2.0
//
// Sinks with a queue: who offers never waits, and every message has one fate.
#include "exporters/sink/sink.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <functional>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace picket {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// Does what a test wants, in the sink's thread.
struct Behaviour {
  std::function<std::size_t(std::span<const Message>, Ledger&)> send = [](std::span<const Message> messages,
                                                                          Ledger& ledger) {
    ledger.delivered(messages.size());
    return messages.size();
  };
  std::function<void(Ledger&)> poll = [](Ledger&) {};
  std::function<bool(Ledger&)> flush = [](Ledger&) { return true; };
  std::atomic<int> reopened = 0;
  Destination::Rest rest = {};
};

class Made final : public Destination {
 public:
  explicit Made(Behaviour& behaviour) : behaviour_(behaviour) {}
  std::size_t send(std::span<const Message> messages, Ledger& ledger) override {
    return behaviour_.send(messages, ledger);
  }
  void poll(Ledger& ledger, milliseconds) override { behaviour_.poll(ledger); }
  bool flush(Ledger& ledger, milliseconds) override { return behaviour_.flush(ledger); }
  void reopen() override { ++behaviour_.reopened; }
  Rest rest() const override { return behaviour_.rest; }

 private:
  Behaviour& behaviour_;
};

Sink make_sink(Behaviour& behaviour, std::size_t queue_bytes = 64u << 10) {
  return Sink({.name = "test", .queue_bytes = queue_bytes}, std::make_unique<Made>(behaviour));
}

void offer(Sink& sink, std::uint64_t id, std::string_view text = "line\n", MessageType type = MessageType::Alert) {
  const Message message{.id = id, .type = type, .text = text};
  sink.take({&message, 1});
}

void end(Sink& sink, milliseconds patience = seconds{10}) {
  sink.stop(steady_clock::now() + patience);
  sink.join();
}

bool balanced(const LedgerCounts& counts) {
  return counts.produced == counts.delivered + counts.queued + counts.spooled + counts.all_dropped();
}

TEST(Sink, DeliversInOrderInItsOwnThread) {
  Behaviour behaviour;
  std::vector<std::uint64_t> ids;
  const auto here = std::this_thread::get_id();
  behaviour.send = [&](std::span<const Message> messages, Ledger& ledger) {
    EXPECT_NE(std::this_thread::get_id(), here);
    for (const Message& message : messages) ids.push_back(message.id);
    ledger.delivered(messages.size());
    return messages.size();
  };
  Sink sink = make_sink(behaviour);
  for (std::uint64_t id = 1; id <= 100; ++id) offer(sink, id);
  end(sink);
  ASSERT_EQ(ids.size(), 100u);
  for (std::uint64_t id = 1; id <= 100; ++id) EXPECT_EQ(ids[id - 1], id);
  EXPECT_EQ(sink.counts().delivered, 100u);
}

TEST(Sink, WithoutAQueueInTheCallersThread) {
  Behaviour behaviour;
  const auto here = std::this_thread::get_id();
  behaviour.send = [&](std::span<const Message> messages, Ledger& ledger) {
    EXPECT_EQ(std::this_thread::get_id(), here);
    ledger.delivered(messages.size());
    return messages.size();
  };
  Sink sink = make_sink(behaviour, 0);
  offer(sink, 1);
  EXPECT_EQ(sink.counts().delivered, 1u) << "when it returns";
  sink.reopen();
  EXPECT_EQ(behaviour.reopened, 1);
}

// What is confirmed later counts when it is, not when the thread looks around next.
TEST(Sink, LooksWhenTheDestinationHasNews) {
  Behaviour behaviour;
  const int news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  behaviour.rest = {.until_readable = news, .at_most = milliseconds{60'000}};
  behaviour.send = [](std::span<const Message> messages, Ledger&) { return messages.size(); };
  behaviour.poll = [news](Ledger& ledger) {
    std::uint64_t count = 0;
    if (read(news, &count, sizeof count) == sizeof count) ledger.delivered(count);
  };
  Sink sink = make_sink(behaviour);
  const auto begin = steady_clock::now();
  for (std::uint64_t id = 1; id <= 20; ++id) {
    offer(sink, id);
    std::this_thread::sleep_for(milliseconds{5});  // so that the thread sleeps
    ASSERT_EQ(eventfd_write(news, 1), 0);
    while (sink.counts().delivered != id && steady_clock::now() < begin + seconds{50}) std::this_thread::yield();
  }
  EXPECT_LT(steady_clock::now() - begin, seconds{50}) << "it slept for a minute";
  end(sink);
  close(news);
}

// The thread sleeps, and is woken: nothing waits for its next look around.
TEST(Sink, WakesAtOnce) {
  Behaviour behaviour;
  Sink sink = make_sink(behaviour);
  steady_clock::duration longest{};
  for (std::uint64_t id = 1; id <= 20; ++id) {
    std::this_thread::sleep_for(milliseconds{5});
    const auto begin = steady_clock::now();
    offer(sink, id);
    while (sink.counts().delivered != id) std::this_thread::yield();
    longest += steady_clock::now() - begin;
  }
  EXPECT_LT(longest, 20 * milliseconds{50}) << "it looks by itself every 100 ms";
}

// A destination that hangs holds up nobody; what has no room is dropped, alerts last.
TEST(Sink, NeverWaitsForTheDestination) {
  Behaviour behaviour;
  std::atomic<bool> hangs = true;
  behaviour.send = [&](std::span<const Message> messages, Ledger& ledger) {
    while (hangs) std::this_thread::sleep_for(milliseconds{1});
    ledger.delivered(messages.size());
    return messages.size();
  };
  Sink sink = make_sink(behaviour);
  const std::string text(952, 'x');  // 1,000 bytes in the queue
  const auto begin = steady_clock::now();
  for (std::uint64_t id = 1; id <= 1000; ++id) offer(sink, id, text, MessageType::Event);
  for (std::uint64_t id = 1; id <= 1000; ++id) offer(sink, id, text);
  EXPECT_LT(steady_clock::now() - begin, seconds{1});
  LedgerCounts counts = sink.counts();
  EXPECT_TRUE(balanced(counts));
  EXPECT_EQ(counts.delivered, 0u);
  EXPECT_EQ(counts.queued, 65u) << "of 64 KiB; half of it, and no more, are events";
  EXPECT_EQ(counts.dropped_of(DropCause::queue_full), 2000u - 65);
  hangs = false;
  end(sink);
  counts = sink.counts();
  EXPECT_EQ(counts.delivered, 65u);
  EXPECT_EQ(counts.queued, 0u);
}

// What was not taken is offered again, and nothing twice.
TEST(Sink, OffersAgainWhatWasNotTaken) {
  Behaviour behaviour;
  std::vector<std::uint64_t> ids;
  int call = 0;
  behaviour.send = [&](std::span<const Message> messages, Ledger& ledger) {
    const std::size_t take = ++call % 3 == 0 ? 0 : std::min<std::size_t>(2, messages.size());
    for (const Message& message : messages.first(take)) ids.push_back(message.id);
    ledger.delivered(take);
    return take;
  };
  Sink sink = make_sink(behaviour);
  for (std::uint64_t id = 1; id <= 50; ++id) offer(sink, id);
  end(sink);
  ASSERT_EQ(ids.size(), 50u);
  for (std::uint64_t id = 1; id <= 50; ++id) EXPECT_EQ(ids[id - 1], id);
}

TEST(Sink, CountsWhatTheEndLeavesBehind) {
  Behaviour behaviour;
  behaviour.send = [&](std::span<const Message> messages, Ledger&) { return messages.empty() ? 0u : 1u; };  // for ever
  Sink sink = make_sink(behaviour);
  for (std::uint64_t id = 1; id <= 10; ++id) offer(sink, id);
  end(sink, milliseconds{20});
  const LedgerCounts counts = sink.counts();
  EXPECT_EQ(counts.dropped_of(DropCause::shutdown), 10u);
  EXPECT_EQ(counts.queued, 0u);
  EXPECT_TRUE(balanced(counts));
}

TEST(Sink, TellsTheDestinationToReopen) {
  Behaviour behaviour;
  Sink sink = make_sink(behaviour);
  sink.reopen();
  for (int i = 0; i < 1000 && behaviour.reopened == 0; ++i) std::this_thread::sleep_for(milliseconds{1});
  EXPECT_EQ(behaviour.reopened, 1);
}

// A signal that ends the sensor's waits must not end up in a thread that nobody asks.
TEST(Sink, LeavesSignalsToOtherThreads) {
  Behaviour behaviour;
  std::atomic<bool> blocked = false, looked = false;
  behaviour.poll = [&](Ledger&) {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    blocked = sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGHUP) == 1;
    looked = true;
  };
  Sink sink = make_sink(behaviour);
  while (!looked) std::this_thread::yield();
  EXPECT_TRUE(blocked);
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_EQ(sigismember(&mask, SIGTERM), 0);
}

// The engine offers, the sink's thread delivers what and when it likes, acknowledges later or refuses, and others look:
// at every moment every message is somewhere, and at the end each has been seen as often as it was counted.
TEST(Sink, BalancedAtAnyMoment) {
  Behaviour behaviour;
  std::minstd_rand random(3);
  std::uint64_t taken = 0, under_way = 0, delivered = 0, refused = 0;
  const auto settle = [&](Ledger& ledger, std::uint64_t count) {
    const std::uint64_t bad = count / 4;
    if (bad != 0) ledger.dropped(DropCause::rejected, bad);
    ledger.delivered(count - bad);
    refused += bad;
    delivered += count - bad;
    under_way -= count;
  };
  behaviour.send = [&](std::span<const Message> messages, Ledger&) {
    const std::size_t take = random() % (messages.size() + 1);
    taken += take;
    under_way += take;
    return take;
  };
  behaviour.poll = [&](Ledger& ledger) { settle(ledger, under_way == 0 ? 0 : random() % (under_way + 1)); };
  behaviour.flush = [&](Ledger& ledger) {
    settle(ledger, under_way / 2);  // the rest never comes back
    return false;
  };
  Sink sink = make_sink(behaviour);
  std::atomic<bool> stop = false;
  std::thread looker([&] {
    while (!stop) ASSERT_TRUE(balanced(sink.counts()));
  });
  std::vector<Message> batch;
  const std::string text(500, 'x');
  constexpr std::uint64_t kCount = 50'000;
  for (std::uint64_t id = 0; id < kCount;) {
    batch.clear();
    for (std::uint64_t i = 0; i < 10; ++i) batch.push_back({.id = ++id, .text = text});
    sink.take(batch);
    if (id % 1000 == 0) std::this_thread::sleep_for(milliseconds{1});
  }
  end(sink);
  stop = true;
  looker.join();
  const LedgerCounts counts = sink.counts();
  EXPECT_TRUE(balanced(counts));
  EXPECT_EQ(counts.produced, kCount);
  EXPECT_EQ(counts.delivered, delivered);
  EXPECT_EQ(counts.dropped_of(DropCause::rejected), refused);
  EXPECT_EQ(counts.dropped_of(DropCause::queue_full), kCount - taken);
  EXPECT_EQ(counts.dropped_of(DropCause::shutdown), under_way);
  EXPECT_EQ(counts.queued, 0u);
}

}  // namespace
}  // namespace picket
