// SPDX-License-Identifier: Apache-2.0
//
// Orders: for one machine, for a while, once.
#include "sensor/trust/order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sensor/trust/encoding.h"
#include "sensor/trust/seal.h"
#include "tests/support/signing.h"

namespace picket::trust {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kNow = 1'800'000'000;
const std::string kHere(32, 'a'), kThere(32, 'b');

class OrderTest : public testing::Test {
 protected:
  Order order(std::uint64_t seconds = 600, std::uint64_t valid = 3600) const {
    return {.machine = kHere, .seconds = seconds, .expires = kNow + valid, .nonce = make_nonce()};
  }
  std::string sealed(const Order& order, const std::string& key = "alice.key") const {
    return seal(kOrderTitle, print(order), *PrivateKey::read(directory_ / key));
  }
  // "", or why not.
  std::string give(const std::string& text, std::uint64_t now = kNow) {
    if (!orders_) orders_ = *Orders::open(directory_ / "state/orders");
    const auto accepted = orders_->accept("the order", text, keys_, kHere, now);
    const auto* wrong = std::get_if<Diagnostic>(&accepted);
    return wrong != nullptr ? wrong->message : "";
  }
  void restart() { orders_.reset(); }

  const test::SigningDirectory directory_;
  const std::vector<PublicKey> keys_{*PublicKey::read(directory_ / "alice.pub")};
  std::unique_ptr<Orders> orders_;
};

TEST_F(OrderTest, WorksOnceAlsoOverARestart) {
  const std::string text = sealed(order());
  EXPECT_EQ("", give(text));
  EXPECT_EQ("this order was used before", give(text));
  restart();
  EXPECT_EQ("this order was used before", give(text));
  EXPECT_EQ("", give(sealed(order()))) << "another one";
  EXPECT_EQ("this order has expired", give(text, kNow + 3600));
}

TEST_F(OrderTest, WhatIsForgottenHasExpired) {
  EXPECT_EQ("", give(sealed(order(600, 10))));
  EXPECT_EQ("", give(sealed(order(600, 100)), kNow + 10));
  const std::string record = directory_.read("state/orders");
  EXPECT_EQ(2, std::count(record.begin(), record.end(), '\n')) << record;
}

TEST_F(OrderTest, WhatIsRefused) {
  Order elsewhere = order();
  elsewhere.machine = kThere;
  std::string altered = sealed(order());
  altered.replace(altered.find("off 600"), 7, "off 900");
  const struct {
    std::string text, why;
  } rows[] = {
      {sealed(elsewhere), "not for " + kHere},
      {sealed(order(), "bob.key"), "which is not trusted"},
      {altered, "altered since it was signed"},
      {sealed(order(600, 0)), "has expired"},
      {sealed(order(600, kLongestValidity + 1)), "expires in more than 7 days"},
      {sealed(order(0)), "expected 'off' and seconds"},
      {sealed(order(kLongestOff + 1)), "expected 'off' and seconds"},
      {seal(kOrderTitle, print(order()) + "more 1\n", *PrivateKey::read(directory_ / "alice.key")), "expected the end"},
      {seal("picket policy signature 1", print(order()), *PrivateKey::read(directory_ / "alice.key")),
       "expected 'picket enforcement order 1'"},
      {"", "expected 'picket enforcement order 1'"},
  };
  for (const auto& row : rows) EXPECT_THAT(give(row.text), HasSubstr(row.why)) << row.text;
}

TEST_F(OrderTest, WhatCannotBeRecordedIsRefused) {
  EXPECT_EQ("", give(sealed(order())));
  std::filesystem::create_directory(directory_ / "state/orders.new");
  EXPECT_THAT(give(sealed(order())), HasSubstr("cannot record that this order is used"));
}

TEST_F(OrderTest, ARecordThatOthersCouldWriteIsNone) {
  directory_.write("state/orders", "picket used orders 1\n", 0666);
  EXPECT_FALSE(Orders::open(directory_ / "state/orders"));
  directory_.write("other/orders", "something\n", 0600);
  EXPECT_FALSE(Orders::open(directory_ / "other/orders"));
}

TEST(OrderText, ThereAndBack) {
  const Order order{.machine = kHere, .seconds = 1, .expires = kNow, .nonce = make_nonce()};
  const auto parsed = parse_order("x", print(order), Seal::kFirstBodyLine);
  ASSERT_TRUE(std::holds_alternative<Order>(parsed));
  EXPECT_EQ(order, std::get<Order>(parsed));
  EXPECT_NE(make_nonce(), make_nonce());
}

}  // namespace
}  // namespace picket::trust
