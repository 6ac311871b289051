// SPDX-License-Identifier: Apache-2.0
//
// What can be said of a consumer's settings without a broker. tests/kafka has the rest.
#include "exporters/kafka/consumer.h"

#include <gtest/gtest.h>

#include "exporters/kafka/client_configuration.h"

namespace picket {
namespace {

TEST(KafkaUrl, BrokersAndTopic) {
  const auto one = parse_kafka_url("kafka://k1.example.org:9093,k2.example.org:9093/picket.alerts");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->brokers, "k1.example.org:9093,k2.example.org:9093");
  EXPECT_EQ(one->topic, "picket.alerts");
}

TEST(KafkaUrl, Mistakes) {
  const struct {
    const char* url;
    const char* said;
  } rows[] = {
      {"", "expected kafka://"},
      {"http://k1/t", "expected kafka://"},
      {"kafka://k1:9093", "expected a topic"},
      {"kafka://k1:9093/", "expected a topic"},
      {"kafka:///t", "expected brokers"},
      {"kafka://user:secret@k1/t", "credentials cannot stand"},
      {"kafka://k1/a b", "a topic's name cannot have ' '"},
      {"kafka://k1/picket.{type}", "expected one topic"},
  };
  for (const auto& row : rows) {
    const auto url = parse_kafka_url(row.url);
    ASSERT_FALSE(url) << row.url;
    EXPECT_NE(url.error().message.find(row.said), std::string::npos) << url.error().message;
    EXPECT_TRUE(url.error().message.find("secret") == std::string::npos) << url.error().message;
  }
}

TEST(KafkaConsumerConfiguration, OffsetsAreCommittedByNobodyElse) {
  KafkaConsumerSettings settings;
  settings.brokers = "k1:9093";
  settings.topic = "t";
  settings.group = "g";
  settings.properties = {{"session.timeout.ms", "7000"}};
  const auto conf = make_consumer_configuration(settings);
  ASSERT_TRUE(conf) << conf.error().message;
  EXPECT_EQ(client_property(conf->get(), "enable.auto.commit"), "false");
  EXPECT_EQ(client_property(conf->get(), "group.id"), "g");
  EXPECT_EQ(client_property(conf->get(), "session.timeout.ms"), "7000");
}

TEST(KafkaConsumerConfiguration, Mistakes) {
  const struct {
    const char* property;
    const char* value;
    const char* said;
  } rows[] = {
      {"enable.auto.commit", "true", "cannot be set"},
      {"group.id", "x", "cannot be set"},
      {"no.such", "1", "property 'no.such'"},
      {"ssl.ca.location", "/no/such", "/no/such"},
  };
  for (const auto& row : rows) {
    KafkaConsumerSettings settings{.brokers = "k1", .topic = "t", .group = "g", .properties = {}, .since_ms = {}};
    settings.properties = {{row.property, row.value}};
    const auto conf = make_consumer_configuration(settings);
    ASSERT_FALSE(conf) << row.property;
    EXPECT_NE(conf.error().message.find(row.said), std::string::npos) << conf.error().message;
  }
}

}  // namespace
}  // namespace picket
