// SPDX-License-Identifier: Apache-2.0
//
// The destination against Apache Kafka: through TLS, by SASL/SCRAM, and through what goes wrong with real brokers. Each
// test counts every message at its end.
#include <filesystem>
#include <random>

#include "tests/kafka/broker_case.h"

namespace picket {
namespace {

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

TEST_F(BrokerTest, AsASinkOfTheConfiguration) {
  make_topic(1);
  const auto sink = make_sink("durable");
  for (std::uint64_t id = 1; id <= 2000; ++id) {
    const std::string text = std::to_string(id) + "\n";
    const Message message{.id = id, .text = text};
    sink->take({&message, 1});
  }
  EXPECT_TRUE(wait_until([&] { return sink->counts().delivered == 2000; }));
  end(*sink);
  expect_all_delivered(sink->counts(), 2000);
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

// A certificate in the place of a password.
TEST_F(BrokerTest, ClientCertificate) {
  make_topic(1);
  settings_.brokers = broker_.mutual_address();
  settings_.properties = {{"security.protocol", "ssl"},
                          {"ssl.ca.location", broker_.directory + "/ca.pem"},
                          {"broker.address.family", "v4"},
                          {"reconnect.backoff.max.ms", "500"}};
  const auto without = check_kafka_connection(settings_, milliseconds(3000));
  ASSERT_FALSE(without) << "it lets everybody in";
  EXPECT_NE(without.error().message.find("ertificate"), std::string::npos) << without.error().message;

  settings_.properties.emplace_back("ssl.certificate.location", broker_.directory + "/client.pem");
  settings_.properties.emplace_back("ssl.key.location", broker_.directory + "/client.key");
  const auto with = check_kafka_connection(settings_, milliseconds(20'000));
  ASSERT_TRUE(with) << with.error().message;
  KafkaSender sender(settings_);
  for (std::uint64_t id = 1; id <= 100; ++id) sender.put(id);
  ASSERT_TRUE(sender.drain());
  expect_all_delivered(sender.ledger, 100);
  expect_all_in_order(1, 100);
}

// The password itself, within TLS.
TEST_F(BrokerTest, PlainPassword) {
  make_topic(1);
  set("sasl.mechanism", "PLAIN");
  const auto checked = check_kafka_connection(settings_, milliseconds(20'000));
  ASSERT_TRUE(checked) << checked.error().message;
  {
    KafkaSender sender(settings_);
    for (std::uint64_t id = 1; id <= 100; ++id) sender.put(id);
    ASSERT_TRUE(sender.drain());
    expect_all_delivered(sender.ledger, 100);
  }
  expect_all_in_order(1, 100);
  set("sasl.password", "not the one");
  const auto refused = check_kafka_connection(settings_, milliseconds(20'000));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("uthentication"), std::string::npos) << refused.error().message;
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

// It does not say how large a message may be.
TEST_F(BrokerTest, MessageTooLargeIsShortened) {
  make_topic(1);
  for (const auto mode : {KafkaSpoolMode::None, KafkaSpoolMode::Durable}) {
    settings_.spool = mode;
    KafkaSender sender(settings_);
    std::mt19937 random(1);
    std::string large(900'000, ' ');
    for (char& c : large) c = static_cast<char>('A' + random() % 26);
    const std::uint64_t first = mode == KafkaSpoolMode::None ? 1 : 102;
    for (std::uint64_t id = first; id < first + 100; ++id) sender.put(id);
    sender.ledger.produced();
    ASSERT_TRUE(sender.offer({.id = first + 100}, R"({"rule":"r","path":")" + large + "\"}\n"));
    ASSERT_TRUE(sender.drain());
    expect_all_delivered(sender.ledger, 101);
    EXPECT_EQ(sender.ledger.counts().shortened, 1U) << "however often it was refused";
  }
  expect_all_in_order(1, 202);
}

}  // namespace
}  // namespace picket
