// SPDX-License-Identifier: Apache-2.0
//
// Mistakes in a Kafka sink's settings: each is found before a broker is asked, and said in words.
#include "exporters/kafka/client_configuration.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "exporters/kafka/destination.h"
#include "tests/support/certificate.h"
#include "tests/support/temporary_directory.h"

namespace picket {
namespace {

class ClientConfigurationTest : public testing::Test {
 protected:
  ClientConfigurationTest() { settings_.brokers = "127.0.0.1:1"; }

  std::string error_of(const std::string& property, const std::string& value) {
    KafkaSettings settings = settings_;
    settings.properties.emplace_back(property, value);
    const auto made = make_client_configuration(settings);
    return made ? "" : made.error().message;
  }

  // A certificate of our own that is valid between these times, in seconds from now.
  std::string certificate(const std::string& name, long from, long to) {
    const std::string path = root_ + "/" + name;
    test::write_certificate(path, from, to);
    return path;
  }

  test::TemporaryDirectory temporary_;
  const std::string root_ = temporary_.path();
  KafkaSettings settings_;
};

TEST_F(ClientConfigurationTest, OurDefaultsAndTheUsersOverThem) {
  settings_.properties = {{"compression.type", "lz4"}, {"linger.ms", "77"}};
  const auto made = make_client_configuration(settings_);
  ASSERT_TRUE(made) << made.error().message;
  const std::pair<const char*, const char*> rows[] = {
      {"enable.idempotence", "true"}, {"acks", "-1"},      {"delivery.timeout.ms", "0"},
      {"compression.type", "lz4"},    {"linger.ms", "77"}, {"bootstrap.servers", "127.0.0.1:1"},
  };
  for (const auto& [name, value] : rows) EXPECT_EQ(client_property(made->get(), name), value) << name;
}

TEST_F(ClientConfigurationTest, Mistakes) {
  const struct {
    const char* property;
    const char* value;
    const char* message;
  } rows[] = {
      {"compresion.type", "zstd", "No such configuration property: \"compresion.type\""},
      {"compression.type", "zip", "Invalid value \"zip\" for configuration property"},
      {"linger.ms", "soon", "Invalid value for configuration property"},
      {"dr_msg_cb", "x", "the sensor sets it itself"},
      {"bootstrap.servers", "a:1", "the sensor sets it itself"},
      {"transactional.id", "a", "the sensor sets it itself"},
      {"enable.sasl.oauthbearer.unsecure.jwt", "true", "tokens that nobody signed"},
      {"sasl.oauthbearer.config", "principal=a", "tokens that nobody signed"},
      {"sasl.oauthbearer.token.endpoint.url", "file:///none/token",
       "the token in /none/token cannot be read: No such file or directory"},
      {"sasl.kerberos.kinit.cmd", "kinit", "a sensor runs none"},
      {"sasl.kerberos.keytab", "/etc/kafka.keytab", "a sensor runs none"},
      {"ssl.ca.location", "/none/ca.pem", "/none/ca.pem cannot be read: No such file or directory"},
      {"ssl.certificate.location", "/dev/null", "/dev/null holds no certificate"},
  };
  for (const auto& row : rows) {
    const std::string error = error_of(row.property, row.value);
    EXPECT_NE(error.find(row.message), std::string::npos) << row.property << ": " << error;
    EXPECT_NE(error.find(std::string("kafka: property '") + row.property), std::string::npos) << error;
  }
}

TEST_F(ClientConfigurationTest, NoSecretIsSaid) {
  // librdkafka quotes what it refuses.
  for (const char* name : {"ssl.key.pem", "sasl.password", "ssl.key.password"})
    EXPECT_EQ(error_of(name, "hunter2").find("hunter2"), std::string::npos) << name;
  settings_.properties = {{"security.protocol", "ssl"}, {"ssl.key.pem", "hunter2"}};
  auto made = KafkaDestination::open(settings_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message.find("hunter2"), std::string::npos) << made.error().message;
}

TEST_F(ClientConfigurationTest, NoCommandIsRunForTickets) {
  settings_.properties = {{"security.protocol", "sasl_ssl"}, {"sasl.mechanism", "GSSAPI"}};
  const auto made = make_client_configuration(settings_);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(client_property(made->get(), "sasl.kerberos.min.time.before.relogin"), "0");
}

TEST_F(ClientConfigurationTest, Certificates) {
  constexpr long kDay = 86'400;
  const std::string good = certificate("good.pem", -kDay, kDay);
  const std::string expired = certificate("expired.pem", -2 * kDay, -kDay);
  const std::string early = certificate("early.pem", kDay, 2 * kDay);
  const std::string both = root_ + "/both.pem";
  std::ofstream(both) << std::ifstream(expired).rdbuf() << std::ifstream(good).rdbuf();
  const struct {
    const char* property;
    std::string path;
    std::string message;
  } rows[] = {
      {"ssl.ca.location", good, ""},
      {"ssl.ca.location", root_, ""},  // a directory of authorities
      {"ssl.ca.location", both, ""},   // one of them is valid
      {"ssl.certificate.location", good, ""},
      {"ssl.certificate.location", both, expired.substr(0, 0) + "both.pem expired on"},
      {"ssl.certificate.location", expired, "expired.pem expired on"},
      {"ssl.ca.location", expired, "expired.pem expired on"},
      {"ssl.certificate.location", early, "early.pem is valid only from"},
  };
  for (const auto& row : rows) {
    const std::string error = error_of(row.property, row.path);
    if (row.message.empty())
      EXPECT_EQ(error, "") << row.path;
    else
      EXPECT_NE(error.find(row.message), std::string::npos) << row.path << ": " << error;
  }
}

TEST_F(ClientConfigurationTest, WhatDoesNotGoTogetherIsSaidAtStart) {
  const struct {
    const char* property;
    const char* value;
    const char* message;
  } rows[] = {
      {"acks", "1", "`acks`"},
      {"security.protocol", "sasl_ssl", "kafka: it is not said how the brokers let us in"},
  };
  for (const auto& row : rows) {
    KafkaSettings settings = settings_;
    settings.properties.emplace_back(row.property, row.value);
    const auto made = KafkaDestination::open(settings);
    ASSERT_FALSE(made) << row.property;
    EXPECT_NE(made.error().message.find(row.message), std::string::npos) << made.error().message;
  }
  settings_.properties = {{"security.protocol", "sasl_ssl"}, {"sasl.mechanism", "OAUTHBEARER"}};
  EXPECT_EQ(KafkaDestination::open(settings_).error().message, "kafka: OAUTHBEARER without a token");
  settings_.brokers.clear();
  EXPECT_EQ(KafkaDestination::open(settings_).error().message, "kafka: no brokers are given");
}

}  // namespace
}  // namespace picket
