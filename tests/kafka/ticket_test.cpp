// SPDX-License-Identifier: Apache-2.0
//
// Tickets of Kerberos (SASL/GSSAPI) in the place of a password, from a key distribution centre of the test's own (kdc).
#include <cstdlib>
#include <filesystem>

#include "tests/kafka/broker_case.h"

namespace picket {
namespace {

class TicketTest : public BrokerTest {
 protected:
  TicketTest() {
    settings_.brokers = broker_.ticket_address();
    settings_.spool = KafkaSpoolMode::Overflow;
    settings_.properties = {{"security.protocol", "sasl_ssl"},
                            {"ssl.ca.location", broker_.directory + "/ca.pem"},
                            {"sasl.mechanism", "GSSAPI"},
                            {"broker.address.family", "v4"},
                            {"reconnect.backoff.max.ms", "500"}};
  }
  void SetUp() override {
    if (!broker_.has_tickets) GTEST_SKIP() << "no Kerberos here: packages krb5-kdc and krb5-admin-server";
    if (!has_module()) GTEST_SKIP() << "no GSSAPI for SASL here: package libsasl2-modules-gssapi-mit";
    setenv("KRB5_CONFIG", (broker_.kerberos() + "/krb5.conf").c_str(), 1);
  }

  // Of Cyrus SASL, which is loaded when it is needed.
  static bool has_module() {
    for (const auto& directory : std::filesystem::directory_iterator("/usr/lib"))
      if (std::filesystem::exists(directory.path() / "sasl2/libgssapiv2.so")) return true;
    return false;
  }

  // As the environment of the sensor's service says it; tickets of the test before are not there.
  void use_keytab(const std::string& name) const {
    setenv("KRB5_CLIENT_KTNAME", (broker_.kerberos() + "/" + name + ".keytab").c_str(), 1);
    setenv("KRB5CCNAME", ("MEMORY:" + topic_ + name).c_str(), 1);
  }

  void expect_delivered(std::uint64_t count) {
    use_keytab("picket");
    KafkaSender sender(settings_);
    ASSERT_TRUE(sender.drain());
    expect_all_delivered(sender.ledger, count);
    expect_all_in_order(1, count);
  }
};

TEST_F(TicketTest, Delivers) {
  make_topic(1);
  use_keytab("picket");
  EXPECT_EQ(error_of_check(), "");
  KafkaSender sender(settings_);
  for (std::uint64_t id = 1; id <= 100; ++id) sender.put(id);
  ASSERT_TRUE(sender.drain());
  expect_all_delivered(sender.ledger, 100);
  expect_all_in_order(1, 100);
}

TEST_F(TicketTest, WrongPrincipal) {
  make_topic(1);
  use_keytab("somebody");
  EXPECT_EQ(error_of_check(), "kafka: topic '" + topic_ + "': Broker: Topic authorization failed");
  expect_held("uthorization failed", 100);
  expect_delivered(100);
}

TEST_F(TicketTest, NoKeytab) {
  make_topic(1);
  use_keytab("nobody");
  EXPECT_NE(error_of_check().find("No credentials were supplied"), std::string::npos) << error_of_check();
  expect_held("No credentials were supplied", 100);
  expect_delivered(100);
}

}  // namespace
}  // namespace picket
