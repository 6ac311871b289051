// SPDX-License-Identifier: Apache-2.0
#include "exporters/kafka/sink_type.h"

#include <gtest/gtest.h>

#include "exporters/format/product.h"

namespace picket {
namespace {

using Values = std::vector<SinkSettings::Value>;

Result<KafkaSettings> read(const Values& values) {
  SinkSettings settings;
  for (const auto& [key, value] : values) settings.add(key, value);
  return read_kafka_settings(settings);
}

TEST(KafkaSinkType, WhatIsSaid) {
  const auto settings = read({{"brokers", "a:1,b:2"},
                              {"topic", "t.{type}"},
                              {"key", "container"},
                              {"host", "h"},
                              {"schema", "ecs/9.0.0"},
                              {"spool.directory", "/s"},
                              {"spool.mode", "durable"},
                              {"spool.size", "2G"},
                              {"properties.linger.ms", "7"},
                              {"properties.acks", "all"}});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->brokers, "a:1,b:2");
  EXPECT_EQ(settings->topic, "t.{type}");
  EXPECT_EQ(settings->key, KafkaKey::Container);
  EXPECT_EQ(settings->host, "h");
  EXPECT_EQ(settings->schema, "ecs/9.0.0");
  EXPECT_EQ(settings->version, kProductVersion);
  EXPECT_EQ(settings->spool, KafkaSpoolMode::Durable);
  EXPECT_EQ(settings->spool_directory, "/s");
  EXPECT_EQ(settings->spool_budget, std::uint64_t{2} << 30);
  EXPECT_EQ(settings->properties, (Values{{"linger.ms", "7"}, {"acks", "all"}}));
}

TEST(KafkaSinkType, WhatIsNotSaid) {
  const auto settings = read({{"brokers", "a:1"}});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->topic, "picket.{type}");
  EXPECT_EQ(settings->key, KafkaKey::Host);
  EXPECT_NE(settings->host, "");
  EXPECT_EQ(settings->spool, KafkaSpoolMode::None);
  EXPECT_EQ(read({{"brokers", "a:1"}, {"spool.directory", "/s"}})->spool, KafkaSpoolMode::Overflow);
}

TEST(KafkaSinkType, Mistakes) {
  const struct {
    Values values;
    const char* message;
  } rows[] = {
      {{{"brokers", "a:1"}, {"spool.mode", "durable"}}, "kafka: spool.mode needs spool.directory"},
      {{{"brokers", "a:1"}, {"spool.mode", "none"}, {"spool.directory", "/s"}},
       "kafka: spool.directory is given, and spool.mode is none"},
  };
  for (const auto& row : rows) {
    const auto settings = read(row.values);
    ASSERT_FALSE(settings);
    EXPECT_EQ(settings.error().message, row.message);
  }
  EXPECT_FALSE(check_kafka_topic("a b"));
  EXPECT_FALSE(check_kafka_key("pid"));
  EXPECT_FALSE(check_kafka_spool_mode("disk"));
  EXPECT_TRUE(check_kafka_topic("a"));
}

}  // namespace
}  // namespace picket
