// SPDX-License-Identifier: Apache-2.0
//
// The destination against Apache Kafka: through TLS, by SASL/SCRAM, and through what goes wrong with real brokers. Each
// test counts every message at its end. One broker for all of them, which is started before the first.
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <thread>

#include "exporters/sink/sink.h"
#include "exporters/sink/sink_types.h"
#include "tests/support/kafka.h"
#include "tests/support/temporary_directory.h"

namespace picket {
namespace {

using std::chrono::milliseconds;

std::string read_line(const std::string& path) {
  std::string line;
  std::getline(std::ifstream(path) >> std::ws, line);
  return line;
}

class Broker : public testing::Environment {
 public:
  static Broker& get() {
    static auto* const broker = static_cast<Broker*>(testing::AddGlobalTestEnvironment(new Broker));
    return *broker;
  }

  void SetUp() override {
    char name[] = "/tmp/kafka-broker-XXXXXX";
    directory = mkdtemp(name);
    ASSERT_NO_FATAL_FAILURE(run("start"));
  }
  void TearDown() override {
    run("kill");
    std::filesystem::remove_all(directory);
  }

  void run(const std::string& verb) {
    const std::string command = std::string(PICKET_SOURCE_DIR) + "/tests/kafka/broker " + verb + " " + directory;
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }

  std::map<std::string, std::string> properties() const {
    return {{"security.protocol", "sasl_ssl"},   {"ssl.ca.location", directory + "/ca.pem"},
            {"sasl.mechanism", "SCRAM-SHA-512"}, {"sasl.username", "picket"},
            {"sasl.password", password()},       {"broker.address.family", "v4"}};
  }
  std::string password() const { return read_line(directory + "/password"); }
  std::string address() const { return "localhost:" + read_line(directory + "/port"); }

  std::string directory;
};

[[maybe_unused]] const Broker& started = Broker::get();

class BrokerTest : public testing::Test {
 protected:
  BrokerTest() {
    topic_ = std::string("picket.") + testing::UnitTest::GetInstance()->current_test_info()->name();
    settings_.brokers = broker_.address();
    settings_.topic = topic_;
    settings_.host = "host-1";
    settings_.schema = "picket/1";
    settings_.version = "1.2.3";
    settings_.spool_directory = root_ + "/spool";
    settings_.retry_interval = milliseconds(200);
    for (const auto& property : broker_.properties()) settings_.properties.push_back(property);
    settings_.properties.emplace_back("reconnect.backoff.max.ms", "500");
    settings_.properties.emplace_back("topic.metadata.propagation.max.ms", "500");
  }

  void set(const std::string& property, const std::string& value) {
    for (auto& [name, old] : settings_.properties)
      if (name == property) old = value;
  }

  void make_topic(int partitions) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", broker_.address().c_str(), nullptr, 0);
    for (const auto& [name, value] : broker_.properties())
      rd_kafka_conf_set(conf, name.c_str(), value.c_str(), nullptr, 0);
    rd_kafka_t* admin = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
    rd_kafka_queue_t* queue = rd_kafka_queue_new(admin);
    rd_kafka_NewTopic_t* topic = rd_kafka_NewTopic_new(topic_.c_str(), partitions, 1, nullptr, 0);
    rd_kafka_CreateTopics(admin, &topic, 1, nullptr, queue);
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 20'000);
    ASSERT_NE(event, nullptr);
    EXPECT_EQ(rd_kafka_event_error(event), RD_KAFKA_RESP_ERR_NO_ERROR) << rd_kafka_event_error_string(event);
    rd_kafka_event_destroy(event);
    rd_kafka_NewTopic_destroy(topic);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(admin);
  }

  std::vector<Consumed> read(int partitions, std::size_t count) const {
    auto properties = broker_.properties();
    properties["bootstrap.servers"] = broker_.address();
    return consume(properties, topic_, partitions, count);
  }

  // Ids 1 to `last` are there, each key's in order; second copies are left out, as readers do by the id.
  void expect_all_in_order(int partitions, std::uint64_t last) const {
    std::map<std::string, std::uint64_t> last_of;
    std::set<std::uint64_t> seen;
    for (const Consumed& each : read(partitions, last)) {
      const std::uint64_t id = std::stoull(each.headers.at("id"));
      if (!seen.insert(id).second) continue;
      EXPECT_GT(id, last_of[each.key]) << "out of order";
      last_of[each.key] = id;
    }
    EXPECT_EQ(seen.size(), last);
    EXPECT_EQ(seen.empty() ? 0 : *seen.rbegin(), last);
  }

  static void expect_all_delivered(const Ledger& ledger, std::uint64_t count) {
    EXPECT_EQ(ledger.counts().produced, count);
    EXPECT_EQ(ledger.counts().delivered, count);
    EXPECT_EQ(ledger.counts().all_dropped(), 0U);
  }

  Broker& broker_ = Broker::get();
  test::TemporaryDirectory temporary_;
  const std::string root_ = temporary_.path();
  std::string topic_;
  KafkaSettings settings_;
};

TEST_F(BrokerTest, ContentKeyAndHeaders) {
  make_topic(2);
  EXPECT_TRUE(check_kafka_connection(settings_, milliseconds(10'000)));
  KafkaSender sender(settings_);
  const std::string text = "{\"rule\":\"\xc3\xa4\",\"n\":1}";
  Message message;
  message.id = 42;
  message.rule = "Shell in container";
  sender.ledger.produced();
  ASSERT_TRUE(sender.offer(message, text + "\n"));
  ASSERT_TRUE(sender.drain());
  const auto found = read(2, 1);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].value, text);
  EXPECT_EQ(found[0].key, "host-1");
  const std::map<std::string, std::string> headers = {{"content-type", "application/json"},
                                                      {"schema", "picket/1"},
                                                      {"version", "1.2.3"},
                                                      {"host", "host-1"},
                                                      {"rule", "Shell in container"},
                                                      {"id", "42"}};
  EXPECT_EQ(found[0].headers, headers);
  expect_all_delivered(sender.ledger, 1);
}

TEST_F(BrokerTest, OrderPerKey) {
  make_topic(4);
  settings_.key = KafkaKey::Container;
  KafkaSender sender(settings_);
  for (std::uint64_t id = 1; id <= 5000; ++id) sender.put(id, "container-" + std::to_string(id % 17));
  ASSERT_TRUE(sender.drain());
  expect_all_delivered(sender.ledger, 5000);
  expect_all_in_order(4, 5000);
}

// As the sensor makes it: from the keys of the configuration, behind a queue, in a thread of its own.
TEST_F(BrokerTest, AsASinkOfTheConfiguration) {
  make_topic(1);
  const SinkType* type = find_sink_type("kafka");
  ASSERT_NE(type, nullptr);
  SinkSettings keys;
  keys.add("brokers", broker_.address());
  keys.add("topic", topic_);
  keys.add("spool.directory", root_ + "/spool");
  keys.add("spool.mode", "durable");
  for (const auto& [name, value] : settings_.properties) keys.add("properties." + name, value);
  auto made = type->make(keys);
  ASSERT_TRUE(made) << made.error().message;
  Sink sink({.name = "kafka", .queue_bytes = type->queue_bytes, .labels = type->labels}, std::move(*made));
  for (std::uint64_t id = 1; id <= 2000; ++id) {
    const std::string text = std::to_string(id) + "\n";
    const Message message{.id = id, .text = text};
    sink.take({&message, 1});
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (sink.counts().delivered < 2000 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(milliseconds(20));
  sink.stop(std::chrono::steady_clock::now() + std::chrono::seconds(5));
  sink.join();
  EXPECT_EQ(sink.counts().produced, 2000U);
  EXPECT_EQ(sink.counts().delivered, 2000U);
  expect_all_in_order(1, 2000);
}

class BrokerKilledTest : public BrokerTest, public testing::WithParamInterface<KafkaSpoolMode> {};

TEST_P(BrokerKilledTest, NothingIsLost) {
  topic_ = "picket.killed-" + std::to_string(static_cast<int>(GetParam()));
  settings_.topic = topic_;
  make_topic(1);
  settings_.spool = GetParam();
  KafkaSender sender(settings_);
  std::uint64_t id = 0;
  for (int i = 0; i < 1000; ++i) sender.put(++id);
  broker_.run("kill");
  for (int i = 0; i < 1000; ++i) sender.put(++id);
  sender.poll_for(milliseconds(1500));
  for (int i = 0; i < 1000; ++i) sender.put(++id);
  EXPECT_TRUE(sender.poll_until([&] { return !sender.ledger.counts().error.empty(); }));
  broker_.run("start");
  for (int i = 0; i < 1000; ++i) sender.put(++id);
  ASSERT_TRUE(sender.drain());
  expect_all_delivered(sender.ledger, id);
  expect_all_in_order(1, id);
}

INSTANTIATE_TEST_SUITE_P(Modes, BrokerKilledTest,
                         testing::Values(KafkaSpoolMode::None, KafkaSpoolMode::Overflow, KafkaSpoolMode::Durable));

TEST_F(BrokerTest, WrongCredentials) {
  make_topic(1);
  settings_.spool = KafkaSpoolMode::Overflow;
  {
    KafkaSettings wrong = settings_;
    for (auto& [name, value] : wrong.properties)
      if (name == "sasl.password") value = "not-this-one";
    const auto checked = check_kafka_connection(wrong, milliseconds(20'000));
    ASSERT_FALSE(checked);
    EXPECT_NE(checked.error().message.find("uthentication failed"), std::string::npos) << checked.error().message;
    EXPECT_EQ(checked.error().message.find("not-this-one"), std::string::npos) << checked.error().message;

    KafkaSender sender(wrong);
    for (std::uint64_t id = 1; id <= 100; ++id) sender.put(id);
    EXPECT_TRUE(sender.poll_until([&] {
      return sender.ledger.counts().error.find("uthentication failed") != std::string::npos;
    })) << sender.ledger.counts().error;
    EXPECT_TRUE(sender.destination->flush(sender.ledger, milliseconds(200)));
    EXPECT_EQ(sender.ledger.counts().spooled, 100U) << "they wait on the disk for the right password";
  }
  KafkaSender sender(settings_);
  ASSERT_TRUE(sender.drain());
  expect_all_delivered(sender.ledger, 100);
  expect_all_in_order(1, 100);
}

TEST_F(BrokerTest, WrongAuthority) {
  std::filesystem::copy(broker_.directory + "/broker.pem", root_ + "/other.pem");
  set("ssl.ca.location", root_ + "/other.pem");
  const auto checked = check_kafka_connection(settings_, milliseconds(20'000));
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().message.find("certificate"), std::string::npos) << checked.error().message;
}

TEST_F(BrokerTest, TopicMissing) {
  const auto checked = check_kafka_connection(settings_, milliseconds(20'000));
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().message, "kafka: topic '" + topic_ + "' does not exist");

  settings_.spool = KafkaSpoolMode::Overflow;
  KafkaSender sender(settings_);
  for (std::uint64_t id = 1; id <= 300; ++id) sender.put(id);
  sender.poll_for(milliseconds(2000));
  EXPECT_EQ(sender.ledger.counts().delivered, 0U);
  EXPECT_EQ(sender.ledger.counts().all_dropped(), 0U);
  EXPECT_TRUE(sender.poll_until([&] { return !sender.ledger.counts().error.empty(); }));
  make_topic(1);
  for (std::uint64_t id = 301; id <= 600; ++id) sender.put(id);
  ASSERT_TRUE(sender.drain());
  expect_all_delivered(sender.ledger, 600);
  expect_all_in_order(1, 600);
}

// The broker takes 300,000 bytes. What is larger travels alone, so that no other message goes down with it.
TEST_F(BrokerTest, MessageTooLarge) {
  make_topic(1);
  for (const auto mode : {KafkaSpoolMode::None, KafkaSpoolMode::Durable}) {
    settings_.spool = mode;
    KafkaSender sender(settings_);
    std::mt19937 random(1);
    std::string large(900'000, ' ');
    for (char& c : large) c = static_cast<char>(' ' + random() % 90);
    const std::uint64_t first = mode == KafkaSpoolMode::None ? 1 : 201;
    for (std::uint64_t id = first; id < first + 100; ++id) sender.put(id);
    sender.ledger.produced();
    ASSERT_TRUE(sender.offer({}, large));
    for (std::uint64_t id = first + 100; id < first + 200; ++id) sender.put(id);
    ASSERT_TRUE(sender.drain());
    EXPECT_EQ(sender.ledger.counts().delivered, 200U);
    EXPECT_EQ(sender.ledger.counts().dropped_of(DropCause::too_large), 1U);
  }
  expect_all_in_order(1, 400);
}

}  // namespace
}  // namespace picket
