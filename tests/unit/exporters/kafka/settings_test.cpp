// SPDX-License-Identifier: Apache-2.0
#include "exporters/kafka/settings.h"

#include <gtest/gtest.h>

#include "exporters/kafka/message_number.h"
#include "exporters/kafka/record.h"
#include "exporters/kafka/statistics.h"

namespace picket {
namespace {

TEST(TopicTemplate, Expands) {
  const struct {
    const char* text;
    MessageType type;
    const char* kind;
    const char* topic;
  } rows[] = {
      {"alerts", MessageType::Event, "open", "alerts"},
      {"picket.{type}", MessageType::Alert, "open", "picket.alerts"},
      {"picket.{type}", MessageType::Event, "open", "picket.events"},
      {"picket.{type}", MessageType::Notice, "loss", "picket.health"},
      {"{type}-{kind}.v1", MessageType::Event, "file.open", "events-file.open.v1"},
      {"{kind}", MessageType::Event, "a b/c", "a_b_c"},
  };
  for (const auto& row : rows) {
    const auto topic = TopicTemplate::parse(row.text);
    ASSERT_TRUE(topic) << topic.error().message;
    Message message;
    message.type = row.type;
    message.kind = row.kind;
    std::string out = "before";
    topic->expand(message, out);
    EXPECT_EQ(out, row.topic);
  }
}

TEST(TopicTemplate, Mistakes) {
  const std::pair<std::string, const char*> rows[] = {
      {"", "expected a name of 1 to 249 characters"},
      {".", "expected a name of 1 to 249 characters"},
      {std::string(250, 'a'), "expected a name of 1 to 249 characters"},
      {"a b", "a topic's name cannot have ' '"},
      {"a/{type}", "a topic's name cannot have '/'"},
      {"a.{typ}", "expected {type} or {kind} at '{typ}'"},
      {"a.{type", "expected {type} or {kind} at '{type'"},
  };
  for (const auto& [text, message] : rows) {
    const auto topic = TopicTemplate::parse(text);
    ASSERT_FALSE(topic) << text;
    EXPECT_NE(topic.error().message.find(message), std::string::npos) << topic.error().message;
  }
}

TEST(TopicTemplate, AllThatCanComeOfIt) {
  EXPECT_EQ(TopicTemplate::parse("a")->all(), std::vector<std::string>{"a"});
  EXPECT_EQ(TopicTemplate::parse("p.{type}")->all(), (std::vector<std::string>{"p.alerts", "p.events", "p.health"}));
  EXPECT_TRUE(TopicTemplate::parse("p.{kind}")->all().empty());
}

TEST(KafkaKey, OfAMessage) {
  KafkaSettings settings;
  settings.host = "host-1";
  Message message;
  message.rule = "a rule";
  message.container = "c1";
  message.process = "p1";
  const std::pair<const char*, const char*> rows[] = {
      {"host", "host-1"}, {"container", "c1"}, {"process", "p1"}, {"rule", "a rule"}};
  for (const auto& [name, key] : rows) {
    settings.key = *parse_kafka_key(name);
    EXPECT_EQ(kafka_key_of(settings, message), key);
    EXPECT_EQ(kafka_key_of(settings, Message{}), "host-1") << "never without a key";
  }
  EXPECT_EQ(parse_kafka_key("pid").error().message, "expected one of host, container, process, rule, got 'pid'");
  EXPECT_EQ(parse_kafka_spool_mode("disk").error().message, "expected one of none, overflow, durable, got 'disk'");
}

TEST(KafkaRecord, ThereAndBackAndCutShort) {
  std::string packed;
  pack({"topic", "key", "", 42, std::string_view("a\0b", 3), true}, packed);
  const auto record = unpack(packed);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->topic, "topic");
  EXPECT_EQ(record->key, "key");
  EXPECT_EQ(record->rule, "");
  EXPECT_EQ(record->id, 42U);
  EXPECT_TRUE(record->again);
  EXPECT_FALSE(record->shortened);
  EXPECT_EQ(record->value, std::string_view("a\0b", 3));
  for (std::size_t size = 0; size < packed.size(); ++size)
    EXPECT_FALSE(unpack(std::string_view(packed).substr(0, size)));
  EXPECT_FALSE(unpack(packed + "x"));
}

TEST(MessageNumber, ThereAndBack) {
  for (const unsigned priority : {0U, 3U, 7U}) {
    for (const std::uint64_t count : {std::uint64_t{0}, std::uint64_t{1} << 59}) {
      const auto spooled = MessageNumber::of(spooled_number({priority, count}));
      EXPECT_TRUE(spooled.spooled);
      EXPECT_EQ(spooled.position.priority, priority);
      EXPECT_EQ(spooled.position.ordinal, count);
      const auto direct = MessageNumber::of(direct_number(count, static_cast<Priority>(priority)));
      EXPECT_FALSE(direct.spooled);
      EXPECT_EQ(direct.priority, static_cast<Priority>(priority));
      EXPECT_EQ(direct.position.ordinal, count);
    }
  }
}

TEST(KafkaStatistics, FromJson) {
  const auto statistics = parse_kafka_statistics(R"({
    "msg_cnt": 5, "msg_size": 600, "txmsgs": 70, "txmsg_bytes": 8000, "eos": {"epoch_cnt": 1},
    "brokers": {
      "bootstrap": {"nodeid": -1, "state": "UP", "txerrs": 9},
      "a": {"nodeid": 1, "state": "UP", "txerrs": 1, "txretries": 2, "rtt": {"p99": 300}, "throttle": {"avg": 0}},
      "b": {"nodeid": 2, "state": "DOWN", "txerrs": 3, "rtt": {"p99": 900}, "throttle": {"avg": -1}}}})");
  ASSERT_TRUE(statistics);
  EXPECT_EQ(statistics->queued_messages, 5U);
  EXPECT_EQ(statistics->queued_bytes, 600U);
  EXPECT_EQ(statistics->sent_messages, 70U);
  EXPECT_EQ(statistics->sent_bytes, 8000U);
  EXPECT_EQ(statistics->brokers, 2U);
  EXPECT_EQ(statistics->brokers_up, 1U);
  EXPECT_EQ(statistics->errors, 4U);
  EXPECT_EQ(statistics->retries, 2U);
  EXPECT_EQ(statistics->round_trip_p99_us, 900U);
  EXPECT_EQ(statistics->throttled_ms, 0U);
  EXPECT_EQ(statistics->producer_epochs, 1U);
  EXPECT_FALSE(parse_kafka_statistics("{"));
  EXPECT_FALSE(parse_kafka_statistics("[]"));
  EXPECT_TRUE(parse_kafka_statistics("{}"));
}

}  // namespace
}  // namespace picket
