// SPDX-License-Identifier: Apache-2.0
#include "exporters/sink/queue.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <string>
#include <thread>

namespace picket {
namespace {

Message message(std::string_view text, std::uint64_t id = 0, MessageType type = MessageType::Alert) {
  return {.id = id, .type = type, .text = text};
}

TEST(MessageQueue, KeepsAllOfAMessage) {
  MessageQueue queue(4096);
  const Message given{.time = 123,
                      .id = 7,
                      .type = MessageType::Event,
                      .priority = Priority::Error,
                      .text = "text\n",
                      .rule = "a rule",
                      .kind = "open",
                      .container = "0123456789ab",
                      .process = "b007-1"};
  EXPECT_TRUE(queue.empty());
  ASSERT_EQ(queue.push(given), std::nullopt);
  EXPECT_FALSE(queue.empty());
  std::vector<Message> messages;
  for (int look = 0; look < 2; ++look) {
    queue.look(messages, 10);
    ASSERT_EQ(messages.size(), 1u) << "to look takes nothing";
  }
  const Message& got = messages[0];
  EXPECT_EQ(got.time, 123u);
  EXPECT_EQ(got.id, 7u);
  EXPECT_EQ(got.type, MessageType::Event);
  EXPECT_EQ(got.priority, Priority::Error);
  EXPECT_EQ(got.text, "text\n");
  EXPECT_EQ(got.rule, "a rule");
  EXPECT_EQ(got.kind, "open");
  EXPECT_EQ(got.container, "0123456789ab");
  EXPECT_EQ(got.process, "b007-1");
  queue.pop(1);
  EXPECT_TRUE(queue.empty());
}

TEST(MessageQueue, RefusesWhatNeverFits) {
  MessageQueue queue(4096);
  EXPECT_EQ(queue.push(message(std::string(2048, 'x'))), DropCause::too_large);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.push(message(std::string(1900, 'x'))), std::nullopt);
}

// Other messages fill half of it; alerts all.
TEST(MessageQueue, KeepsRoomForAlerts) {
  MessageQueue queue(4096);
  const std::string text(200, 'x');
  int events = 0, alerts = 0;
  while (!queue.push(message(text, 0, MessageType::Notice))) ++events;
  while (!queue.push(message(text))) ++alerts;
  EXPECT_EQ(events, 8);
  EXPECT_EQ(alerts, 8);
  EXPECT_EQ(queue.push(message(text)), DropCause::queue_full);
  std::vector<Message> messages;
  queue.look(messages, 1);
  queue.pop(1);
  EXPECT_EQ(queue.push(message(text, 0, MessageType::Event)), DropCause::queue_full);
  EXPECT_EQ(queue.push(message(text)), std::nullopt);
}

// Against a deque, with messages of all sizes, so that each place of the ring's end is met.
TEST(MessageQueue, IsAQueue) {
  MessageQueue queue(4096);
  std::deque<std::string> model;
  std::vector<Message> messages;
  std::minstd_rand random(1);
  std::size_t pushed = 0;
  for (int step = 0; step < 100'000; ++step) {
    std::string text(random() % 400, static_cast<char>('a' + step % 26));
    if (!queue.push(message(text))) {
      model.push_back(std::move(text));
      ++pushed;
    }
    if (random() % 3 != 0) continue;
    queue.look(messages, random() % 5);
    const std::size_t count = messages.empty() ? 0 : random() % (messages.size() + 1);
    for (std::size_t i = 0; i < messages.size(); ++i) ASSERT_EQ(messages[i].text, model[i]);
    queue.pop(count);
    model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(count));
    ASSERT_EQ(queue.empty(), model.empty());
  }
  EXPECT_GT(pushed, 30'000u);
}

TEST(MessageQueue, BetweenTwoThreads) {
  MessageQueue queue(8192);
  constexpr std::uint64_t kCount = 200'000;
  std::thread producer([&queue] {
    std::minstd_rand random(2);
    for (std::uint64_t id = 1; id <= kCount; ++id) {
      const std::string text(random() % 300, static_cast<char>('a' + id % 26));
      while (queue.push(message(text, id))) std::this_thread::yield();
    }
  });
  std::vector<Message> messages;
  for (std::uint64_t last = 0; last != kCount;) {
    queue.look(messages, 64);
    if (messages.empty()) std::this_thread::yield();
    for (const Message& each : messages) {
      ASSERT_EQ(each.id, ++last);
      ASSERT_EQ(each.text.find_first_not_of(static_cast<char>('a' + last % 26)), each.text.npos);
    }
    queue.pop(messages.size());
  }
  producer.join();
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace picket
