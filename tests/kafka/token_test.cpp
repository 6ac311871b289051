// SPDX-License-Identifier: Apache-2.0
//
// Tokens (SASL/OAUTHBEARER) in the place of a password. The broker takes them unsigned; whose they are, until when they
// hold, and what becomes of alerts when they do not, is as with signed ones.
#include "tests/support/token.h"

#include <fstream>

#include "tests/kafka/broker_case.h"

namespace picket {
namespace {

class TokenTest : public BrokerTest {
 protected:
  TokenTest() {
    settings_.brokers = broker_.token_address();
    settings_.spool = KafkaSpoolMode::Overflow;
    settings_.properties = {
        {"security.protocol", "sasl_ssl"}, {"ssl.ca.location", broker_.directory + "/ca.pem"},
        {"sasl.mechanism", "OAUTHBEARER"}, {"sasl.oauthbearer.token.endpoint.url", "file://" + token_},
        {"broker.address.family", "v4"},   {"reconnect.backoff.max.ms", "500"}};
  }

  // With a good token, what waits arrives.
  void expect_delivered(std::uint64_t count) {
    test::write_token(token_, "picket", 60);
    KafkaSender sender(settings_);
    ASSERT_TRUE(sender.drain());
    expect_all_delivered(sender.ledger, count);
    expect_all_in_order(1, count);
  }

  const std::string token_ = root_ + "/token";
};

// The broker closes a connection when the token by which it was opened has ended. Somebody renews the file meanwhile.
TEST_F(TokenTest, DeliversOverTheEndsOfTokens) {
  make_topic(1);
  test::write_token(token_, "picket", 3);
  EXPECT_EQ(error_of_check(), "");
  KafkaSender sender(settings_);
  std::uint64_t id = 0;
  for (int renewed = 0; renewed < 4; ++renewed) {
    test::write_token(token_, "picket", 3);
    const auto end = std::chrono::steady_clock::now() + milliseconds(1500);
    while (std::chrono::steady_clock::now() < end) {
      sender.put(++id);
      sender.poll_for(milliseconds(5));
    }
  }
  ASSERT_TRUE(sender.drain());
  expect_all_delivered(sender.ledger, id);
  expect_all_in_order(1, id);
}

TEST_F(TokenTest, WrongPrincipal) {
  make_topic(1);
  test::write_token(token_, "somebody", 60);
  EXPECT_EQ(error_of_check(), "kafka: topic '" + topic_ + "': Broker: Topic authorization failed");
  expect_held("uthorization failed", 100);
  expect_delivered(100);
}

// The client sees that itself, before it asks; and sees when the file is renewed.
TEST_F(TokenTest, Expired) {
  make_topic(1);
  test::write_token(token_, "picket", -3600);
  EXPECT_NE(error_of_check().find("the token in " + token_ + " expired 36"), std::string::npos) << error_of_check();
  KafkaSender sender(settings_);
  for (std::uint64_t id = 1; id <= 100; ++id) sender.put(id);
  EXPECT_TRUE(sender.poll_until([&] {
    return sender.ledger.counts().error.find("the token in " + token_ + " expired") != std::string::npos;
  })) << sender.ledger.counts().error;
  EXPECT_EQ(sender.ledger.counts().delivered + sender.ledger.counts().all_dropped(), 0U);
  test::write_token(token_, "picket", 60);
  ASSERT_TRUE(sender.drain());
  expect_all_delivered(sender.ledger, 100);
  expect_all_in_order(1, 100);
}

TEST_F(TokenTest, RefusedByTheBroker) {
  make_topic(1);
  std::ofstream(token_) << test::token_of(R"({"sub":"picket","exp":9999999999})", R"({"alg":"RS256"})") << "AAAA";
  EXPECT_NE(error_of_check().find("uthentication"), std::string::npos) << error_of_check();
  expect_held("uthentication", 100);
  expect_delivered(100);
}

}  // namespace
}  // namespace picket
