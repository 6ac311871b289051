// SPDX-License-Identifier: Apache-2.0
//
// The destination against librdkafka's mock cluster: content, order, and that nothing is lost whatever happens.
#include "exporters/kafka/destination.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <random>
#include <set>

#include "rules/event/time.h"
#include "tests/support/certificate.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/exporters/kafka/mock_cluster.h"

namespace picket {
namespace {

using std::chrono::milliseconds;

class KafkaDestinationTest : public testing::Test {
 protected:
  KafkaDestinationTest() {
    settings_.brokers = cluster_.brokers();
    settings_.topic = "alerts";
    settings_.host = "host-1";
    settings_.schema = "picket/1";
    settings_.version = "1.2.3";
    settings_.spool_directory = root_ + "/spool";
    settings_.retry_interval = milliseconds(100);
    settings_.properties = {{"reconnect.backoff.max.ms", "300"}};
    cluster_.make_topic("alerts", 4);
  }

  // The ids in the order in which they arrived in their partition, by key; second copies are dropped, as readers do.
  static std::map<std::string, std::vector<std::uint64_t>> ids_by_key(const std::vector<Consumed>& consumed) {
    std::map<std::string, std::vector<std::uint64_t>> ids;
    std::set<std::uint64_t> seen;
    for (const Consumed& each : consumed) {
      EXPECT_EQ(each.value, each.headers.at("id"));
      const std::uint64_t id = std::stoull(each.value);
      if (seen.insert(id).second) ids[each.key].push_back(id);
    }
    return ids;
  }

  // Ids 1 to `last` arrived, all of one key, in order.
  void expect_all_in_order(std::uint64_t last) {
    const auto ids = ids_by_key(cluster_.read("alerts", 4, last));
    ASSERT_EQ(ids.size(), 1U);
    const auto& found = ids.begin()->second;
    ASSERT_EQ(found.size(), last);
    for (std::uint64_t id = 1; id <= last; ++id) EXPECT_EQ(found[id - 1], id);
  }

  MockCluster cluster_;
  test::TemporaryDirectory temporary_;
  const std::string root_ = temporary_.path();
  KafkaSettings settings_;
};

// Nobody has to ask again and again for what became of a message.
TEST_F(KafkaDestinationTest, HasNewsWhenAMessageIsConfirmed) {
  KafkaSender sender(settings_);
  ASSERT_TRUE(sender.drain());
  sender.put(1);
  while (sender.ledger.counts().delivered == 0) {
    pollfd news{sender.destination->rest().until_readable, POLLIN, 0};
    ASSERT_EQ(::poll(&news, 1, 60'000), 1);
    sender.destination->poll(sender.ledger, milliseconds(0));
  }
}

TEST_F(KafkaDestinationTest, ContentKeyAndHeaders) {
  KafkaSender sender(settings_);
  Message message;
  message.id = 7;
  message.rule = "Shell in container";
  message.process = "p";
  sender.ledger.produced();
  ASSERT_TRUE(sender.offer(message, "{\"a\":1}\n"));
  ASSERT_TRUE(sender.drain());
  const auto found = cluster_.read("alerts", 4, 1);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].value, "{\"a\":1}") << "without its newline";
  EXPECT_EQ(found[0].key, "host-1");
  const std::map<std::string, std::string> headers = {{"content-type", "application/json"},
                                                      {"schema", "picket/1"},
                                                      {"version", "1.2.3"},
                                                      {"host", "host-1"},
                                                      {"rule", "Shell in container"},
                                                      {"id", "7"}};
  EXPECT_EQ(found[0].headers, headers);
  EXPECT_EQ(sender.ledger.counts().delivered, 1U);
}

// From the hook to the broker's confirmation, on every way that a message can take; not in the next run.
TEST_F(KafkaDestinationTest, LatenciesOnEveryWay) {
  const auto timed = [](const KafkaSender& sender) {
    const Latencies& latencies = sender.ledger.counts().latencies;
    return std::accumulate(latencies.counts.begin(), latencies.counts.end(), std::uint64_t{0});
  };
  for (const auto mode : {KafkaSpoolMode::None, KafkaSpoolMode::Overflow, KafkaSpoolMode::Durable}) {
    settings_.spool = mode;
    KafkaSender sender(settings_);
    for (int i = 0; i < 300; ++i) {
      Message message;
      message.id = 1;
      message.priority = static_cast<Priority>(i % 8);
      message.time = i % 3 == 0 ? 0 : boot_clock() - 1000;
      sender.ledger.produced();
      ASSERT_TRUE(sender.offer(message, "text\n"));
    }
    ASSERT_TRUE(sender.drain());
    EXPECT_EQ(sender.ledger.counts().delivered, 300U);
    EXPECT_EQ(timed(sender), 200U) << static_cast<int>(mode);
    EXPECT_GT(sender.ledger.counts().latencies.sum, 200U * 1000);
  }
}

TEST_F(KafkaDestinationTest, TopicsByType) {
  settings_.topic = "p.{type}";
  for (const char* topic : {"p.alerts", "p.events", "p.health"}) cluster_.make_topic(topic, 1);
  KafkaSender sender(settings_);
  for (const auto type : {MessageType::Alert, MessageType::Event, MessageType::Notice}) {
    Message message;
    message.type = type;
    sender.ledger.produced();
    ASSERT_TRUE(sender.offer(message, "text\n"));
  }
  ASSERT_TRUE(sender.drain());
  for (const char* topic : {"p.alerts", "p.events", "p.health"}) EXPECT_EQ(cluster_.read(topic, 1, 1).size(), 1U);
}

TEST_F(KafkaDestinationTest, OrderPerKey) {
  settings_.key = KafkaKey::Container;
  for (const auto mode : {KafkaSpoolMode::None, KafkaSpoolMode::Durable}) {
    settings_.spool = mode;
    KafkaSender sender(settings_);
    const std::uint64_t first = mode == KafkaSpoolMode::None ? 1 : 10'001;
    for (std::uint64_t id = first; id < first + 2000; ++id) sender.put(id, "container-" + std::to_string(id % 17));
    ASSERT_TRUE(sender.drain());
    EXPECT_EQ(sender.ledger.counts().delivered, 2000U);
  }
  const auto ids = ids_by_key(cluster_.read("alerts", 4, 4000));
  EXPECT_EQ(ids.size(), 17U);
  std::size_t all = 0;
  for (const auto& [key, found] : ids) {
    EXPECT_TRUE(std::is_sorted(found.begin(), found.end())) << key;
    all += found.size();
  }
  EXPECT_EQ(all, 4000U);
}

class KafkaOutageTest : public KafkaDestinationTest, public testing::WithParamInterface<KafkaSpoolMode> {};

TEST_P(KafkaOutageTest, NothingIsLostAndOrderStays) {
  settings_.spool = GetParam();
  KafkaSender sender(settings_);
  std::uint64_t id = 0;
  for (int i = 0; i < 300; ++i) sender.put(++id);
  sender.poll_for(milliseconds(200));
  cluster_.down();
  sender.poll_for(milliseconds(100));
  for (int i = 0; i < 300; ++i) sender.put(++id);
  sender.poll_for(milliseconds(1800));
  for (int i = 0; i < 300; ++i) sender.put(++id);
  EXPECT_TRUE(sender.poll_until([&] { return !sender.ledger.counts().error.empty(); }));
  if (GetParam() != KafkaSpoolMode::None) {
    EXPECT_TRUE(sender.poll_until([&] { return sender.ledger.counts().spooled >= 550U; }))
        << "they are on the disk, not in memory: " << sender.ledger.counts().spooled;
  }
  cluster_.up();
  for (int i = 0; i < 300; ++i) sender.put(++id);
  ASSERT_TRUE(sender.drain());
  EXPECT_EQ(sender.ledger.counts().delivered, id);
  EXPECT_EQ(sender.ledger.counts().all_dropped(), 0U);
  EXPECT_EQ(sender.ledger.counts().error, "");
  expect_all_in_order(id);
}

INSTANTIATE_TEST_SUITE_P(Modes, KafkaOutageTest,
                         testing::Values(KafkaSpoolMode::None, KafkaSpoolMode::Overflow, KafkaSpoolMode::Durable));

TEST_F(KafkaDestinationTest, QueueFullTakesNoMore) {
  settings_.properties.emplace_back("queue.buffering.max.messages", "50");
  cluster_.down();
  KafkaSender sender(settings_);
  std::uint64_t taken = 0;
  while (taken < 1000) {
    Message message;
    message.id = taken + 1;
    const std::string text = std::to_string(taken + 1);
    if (!sender.offer(message, text)) break;
    sender.ledger.produced();
    ++taken;
  }
  EXPECT_EQ(taken, 50U);
  cluster_.up();
  ASSERT_TRUE(sender.drain());
  expect_all_in_order(50);
}

TEST_F(KafkaDestinationTest, AFullWindowFlowsOverIntoTheSpool) {
  settings_.properties.emplace_back("queue.buffering.max.messages", "50");
  settings_.spool = KafkaSpoolMode::Overflow;
  cluster_.down();
  KafkaSender sender(settings_);
  for (std::uint64_t id = 1; id <= 1000; ++id) sender.put(id, "", static_cast<Priority>(id % 8));
  sender.poll_for(milliseconds(100));
  EXPECT_GE(sender.ledger.counts().spooled, 950U);
  EXPECT_LE(sender.destination->producer().outstanding(), 50U);
  cluster_.up();
  ASSERT_TRUE(sender.drain());
  expect_all_in_order(1000);
}

// As long as it is JSON: its longest texts are cut.
TEST_F(KafkaDestinationTest, TooLargeIsSentShortened) {
  settings_.properties.emplace_back("message.max.bytes", "10000");
  for (const auto mode : {KafkaSpoolMode::None, KafkaSpoolMode::Durable}) {
    settings_.spool = mode;
    KafkaSender sender(settings_);
    sender.ledger.produced();
    ASSERT_TRUE(sender.offer({.id = 1}, R"({"rule":"r","path":")" + std::string(20'000, 'x') + "\"}\n"));
    ASSERT_TRUE(sender.drain());
    sender.put(2);
    ASSERT_TRUE(sender.drain());
    EXPECT_EQ(sender.ledger.counts().delivered, 2U);
    EXPECT_EQ(sender.ledger.counts().shortened, 1U);
    EXPECT_EQ(sender.ledger.counts().all_dropped(), 0U);
  }
  for (const Consumed& one : cluster_.read("alerts", 4, 4)) {
    const bool shortened = one.headers.at("id") == "1";
    EXPECT_EQ(one.headers.count("shortened"), shortened ? 1U : 0U);
    if (!shortened) continue;
    EXPECT_EQ(one.value, R"({"rule":"r","path":")" + std::string(4096, 'x') + " [15904 bytes cut]\"}");
  }
}

TEST_F(KafkaDestinationTest, TooLargeIsCountedAndStopsNothing) {
  settings_.properties.emplace_back("message.max.bytes", "10000");
  for (const auto mode : {KafkaSpoolMode::None, KafkaSpoolMode::Durable}) {
    settings_.spool = mode;
    KafkaSender sender(settings_);
    sender.ledger.produced();
    EXPECT_TRUE(sender.offer({}, std::string(20'000, 'x')));
    sender.put(mode == KafkaSpoolMode::None ? 1 : 2);
    ASSERT_TRUE(sender.drain());
    EXPECT_EQ(sender.ledger.counts().dropped_of(DropCause::too_large), 1U);
    EXPECT_EQ(sender.ledger.counts().delivered, 1U);
  }
  expect_all_in_order(2);
}

class KafkaFatalTest : public KafkaDestinationTest, public testing::WithParamInterface<KafkaSpoolMode> {};

TEST_P(KafkaFatalTest, TheProducerIsMadeAnew) {
  settings_.spool = GetParam();
  settings_.properties.emplace_back("linger.ms", "200");  // so that messages are waiting when it happens
  KafkaSender sender(settings_);
  for (std::uint64_t id = 1; id <= 900; ++id) {
    sender.put(id);
    if (id % 300 == 150)
      rd_kafka_test_fatal_error(sender.destination->producer().handle(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                                "made by the test");
  }
  ASSERT_TRUE(sender.drain());
  EXPECT_GE(sender.destination->producers_made(), 2U);
  EXPECT_EQ(sender.ledger.counts().delivered, 900U);
  EXPECT_EQ(sender.ledger.counts().all_dropped(), 0U);
  expect_all_in_order(900);
}

// What was right at the start may be wrong when a producer has to be made anew. The messages wait until it is right.
TEST_P(KafkaFatalTest, TheProducerCannotBeMadeAnewYet) {
  const std::string certificate = root_ + "/ca.pem";
  test::write_certificate(certificate, -60, 3600);
  settings_.spool = GetParam();
  settings_.properties.emplace_back("linger.ms", "200");
  settings_.properties.emplace_back("ssl.ca.location", certificate);
  KafkaSender sender(settings_);
  for (std::uint64_t id = 1; id <= 100; ++id) sender.put(id);
  std::filesystem::remove(certificate);
  rd_kafka_test_fatal_error(sender.destination->producer().handle(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                            "made by the test");
  EXPECT_TRUE(sender.poll_until(
      [&] { return sender.ledger.counts().error.find("ca.pem cannot be read") != std::string::npos; }));
  EXPECT_EQ(sender.ledger.counts().all_dropped(), 0U);
  test::write_certificate(certificate, -60, 3600);
  ASSERT_TRUE(sender.drain());
  EXPECT_EQ(sender.ledger.counts().delivered, 100U);
  expect_all_in_order(100);
}

INSTANTIATE_TEST_SUITE_P(Modes, KafkaFatalTest,
                         testing::Values(KafkaSpoolMode::None, KafkaSpoolMode::Overflow, KafkaSpoolMode::Durable));

TEST_F(KafkaDestinationTest, WhatWaitsAtTheEndIsSentByTheNextRun) {
  settings_.spool = KafkaSpoolMode::Overflow;
  {
    KafkaSender sender(settings_);
    for (std::uint64_t id = 1; id <= 100; ++id) sender.put(id);
    ASSERT_TRUE(sender.drain());
    cluster_.down();
    for (std::uint64_t id = 101; id <= 300; ++id) sender.put(id);
    EXPECT_TRUE(sender.destination->flush(sender.ledger, milliseconds(100)));
    const auto counts = sender.ledger.counts();
    EXPECT_EQ(counts.queued, 0U);
    EXPECT_EQ(counts.spooled + counts.delivered, 300U);
  }
  cluster_.up();
  KafkaSender sender(settings_);
  ASSERT_TRUE(sender.drain());
  EXPECT_EQ(sender.ledger.counts().delivered, 200U);
  expect_all_in_order(300);
}

TEST_F(KafkaDestinationTest, ASpoolThatIsFullGivesUpTheLowestPriority) {
  settings_.spool = KafkaSpoolMode::Durable;
  settings_.spool_budget = 64 << 10;
  settings_.properties.emplace_back("queue.buffering.max.messages", "10");
  cluster_.down();
  KafkaSender sender(settings_);
  for (std::uint64_t id = 1; id <= 3000; ++id) sender.put(id, "", id % 10 == 0 ? Priority::Critical : Priority::Notice);
  sender.poll_for(milliseconds(100));
  cluster_.up();
  ASSERT_TRUE(sender.drain());
  const auto counts = sender.ledger.counts();
  EXPECT_EQ(counts.delivered + counts.dropped_of(DropCause::spool_full), 3000U);
  EXPECT_GT(counts.dropped_of(DropCause::spool_full), 1000U);
  const auto ids = ids_by_key(cluster_.read("alerts", 4, counts.delivered));
  const auto& found = ids.begin()->second;
  EXPECT_EQ(found.size(), counts.delivered);
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
  EXPECT_EQ(std::count_if(found.begin(), found.end(), [](auto id) { return id % 10 == 0; }), 300);
}

// Run by the test below, in a process of its own: sends until it is killed; says how far it is on the disk. No more
// than what the mock cluster keeps of a partition, 100,000 messages in all rounds and second copies.
TEST(KafkaKilled, DISABLED_Sender) {
  KafkaSettings settings;
  settings.brokers = std::getenv("PICKET_TEST_BROKERS");
  settings.topic = "alerts";
  settings.host = "host-1";
  settings.spool = KafkaSpoolMode::Durable;
  settings.spool_directory = std::getenv("PICKET_TEST_SPOOL");
  KafkaSender sender(settings);
  const std::uint64_t first = std::stoull(std::getenv("PICKET_TEST_FIRST"));
  const std::uint64_t before = sender.destination->spool()->state().spooled;
  constexpr std::uint64_t kMost = 8000;
  std::uint64_t told = 0;
  for (std::uint64_t id = first;;) {
    if (id < first + kMost)
      sender.put(id++);
    else
      sender.poll_for(milliseconds(1));
    const std::uint64_t spooled = sender.destination->spool()->state().spooled - before;
    if (spooled == told) continue;
    told = spooled;
    const std::uint64_t next = first + told;
    if (::write(3, &next, sizeof next) != sizeof next) return;
  }
}

TEST_F(KafkaDestinationTest, KilledNothingAcknowledgedIsMissing) {
  settings_.spool = KafkaSpoolMode::Durable;
  std::mt19937 random(7);
  std::set<std::uint64_t> acknowledged;
  for (std::uint64_t round = 1; round <= 6; ++round) {
    const std::uint64_t first = round * 1'000'000;
    int words[2];
    ASSERT_EQ(::pipe(words), 0);
    ::fcntl(words[0], F_SETFD, FD_CLOEXEC);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, words[1], 3);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    const std::string environment[] = {"PICKET_TEST_BROKERS=" + cluster_.brokers(),
                                       "PICKET_TEST_SPOOL=" + settings_.spool_directory,
                                       "PICKET_TEST_FIRST=" + std::to_string(first)};
    const std::string arguments[] = {"test", "--gtest_filter=KafkaKilled.*", "--gtest_also_run_disabled_tests"};
    char* argv[] = {const_cast<char*>(arguments[0].c_str()), const_cast<char*>(arguments[1].c_str()),
                    const_cast<char*>(arguments[2].c_str()), nullptr};
    char* envp[] = {const_cast<char*>(environment[0].c_str()), const_cast<char*>(environment[1].c_str()),
                    const_cast<char*>(environment[2].c_str()), nullptr};
    pid_t child = 0;
    ASSERT_EQ(::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, argv, envp), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(words[1]);
    std::uint64_t next = 0;
    ASSERT_EQ(::read(words[0], &next, sizeof next), static_cast<ssize_t>(sizeof next)) << "the sender did not start";
    ::usleep(static_cast<useconds_t>(random() % 200'000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    do
      for (std::uint64_t id = std::max(first, next > 0 ? first : next); id < next; ++id) acknowledged.insert(id);
    while (::read(words[0], &next, sizeof next) == sizeof next);
    ::close(words[0]);
  }
  KafkaSender sender(settings_);
  EXPECT_EQ(sender.destination->spool()->recovery().lost_records, 0U);
  ASSERT_TRUE(sender.drain());
  std::set<std::uint64_t> found;
  for (const auto& [key, ids] : ids_by_key(cluster_.read("alerts", 4, acknowledged.size()))) {
    EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
    found.insert(ids.begin(), ids.end());
  }
  EXPECT_GT(acknowledged.size(), 100U);
  for (const std::uint64_t id : acknowledged) EXPECT_TRUE(found.contains(id)) << id;
}

TEST_F(KafkaDestinationTest, CheckingTheConnection) {
  EXPECT_TRUE(check_kafka_connection(settings_, milliseconds(5000)));
  settings_.brokers = "127.0.0.1:1";
  const auto failed = check_kafka_connection(settings_, milliseconds(1000));
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("no broker answers: "), std::string::npos);
  EXPECT_NE(failed.error().message.find("Connection refused"), std::string::npos) << failed.error().message;
}

}  // namespace
}  // namespace picket
