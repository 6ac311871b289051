// SPDX-License-Identifier: Apache-2.0
#include "sensor/process/host_names.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/allocations.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using namespace std::string_literals;

constexpr std::uint64_t kSecond = 1'000'000'000;

class HostNamesTest : public testing::Test {
 protected:
  HostNamesTest() { process_.known = true; }

  // NAME.test is ADDRESS; through an alias when there is one. `owner` is the address's owner.
  void learn(HostNames& names, char name, const std::string& address, unsigned ttl = 60, std::string owner = "") {
    const std::string asked = "\1"s + name + "\4test\0"s;
    test::Record<pk_dns> dns(Kind::dns);
    dns->header.time = now_;
    const std::string time = {0, static_cast<char>(ttl >> 16), static_cast<char>(ttl >> 8), static_cast<char>(ttl)};
    dns.text(&pk_dns::message, "\0\1\x81\x80\0\1\0\1\0\0\0\0"s + asked + "\0\1\0\1"s + (owner.empty() ? asked : owner) +
                                   "\0\1\0\1"s + time + "\0\4"s + address);
    names.learn(dns.event(process_));
  }

  std::string find(HostNames& names, const std::string& address, Kind kind = Kind::connect) {
    test::Record<pk_connect> connect(kind);
    connect->header.time = now_;
    connect->family = 2;
    std::copy(address.begin(), address.end(), connect->address.bytes);
    return std::string(names.find(connect.event(process_)));
  }

  Process process_;
  std::uint64_t now_ = 1000 * kSecond;
};

TEST_F(HostNamesTest, LastNameOfAnAddress) {
  HostNames names;
  EXPECT_EQ(find(names, "\1\2\3\4"), "");
  learn(names, 'a', "\1\2\3\4");
  learn(names, 'b', "\1\2\3\5");
  EXPECT_EQ(find(names, "\1\2\3\4"), "a.test");
  EXPECT_EQ(find(names, "\1\2\3\5"), "b.test");
  learn(names, 'c', "\1\2\3\4");
  EXPECT_EQ(find(names, "\1\2\3\4"), "c.test");
  EXPECT_EQ(names.size(), 2u);
}

TEST_F(HostNamesTest, OfTheLocalEnd) {
  HostNames names;
  learn(names, 'a', "\1\2\3\4");
  test::Record<pk_accept> accept(Kind::accept);
  accept->header.time = now_;
  accept->family = 2;
  accept->address = {{1, 2, 3, 5}};
  accept->local_address = {{1, 2, 3, 4}};
  EXPECT_EQ(names.find_local(accept.event(process_)), "a.test");
  EXPECT_EQ(names.find(accept.event(process_)), "");
}

TEST_F(HostNamesTest, OfTheNetworkNamespace) {
  HostNames names;
  process_.net_namespace = 7;
  learn(names, 'a', "\1\2\3\4");
  process_.net_namespace = 8;
  EXPECT_EQ(find(names, "\1\2\3\4"), "");
  process_.net_namespace = 7;
  EXPECT_EQ(find(names, "\1\2\3\4"), "a.test");
}

TEST_F(HostNamesTest, LifeIsTheTtlWithinBounds) {
  struct Row {
    unsigned ttl;
    std::uint64_t life;
  };
  for (const Row& row :
       {Row{0, HostNames::kShortestLife}, Row{3600, 3600 * kSecond}, Row{0x7fffff, HostNames::kLongestLife}}) {
    HostNames names;
    learn(names, 'a', "\1\2\3\4", row.ttl);
    const std::uint64_t learned = now_;
    now_ = learned + row.life;
    EXPECT_EQ(find(names, "\1\2\3\4"), "a.test") << row.ttl;
    ++now_;
    EXPECT_EQ(find(names, "\1\2\3\4"), "") << row.ttl;
  }
}

TEST_F(HostNamesTest, ForgetsWhatWasUsedLeastLately) {
  HostNames names(2);
  learn(names, 'a', "\1\1\1\1");
  learn(names, 'b', "\2\2\2\2");
  EXPECT_EQ(find(names, "\1\1\1\1"), "a.test");
  learn(names, 'c', "\3\3\3\3");
  EXPECT_EQ(names.size(), 2u);
  EXPECT_EQ(find(names, "\1\1\1\1"), "a.test");
  EXPECT_EQ(find(names, "\2\2\2\2"), "");
  EXPECT_EQ(find(names, "\3\3\3\3"), "c.test");
}

TEST_F(HostNamesTest, OnlyWhatTheQuestionLedTo) {
  HostNames names;
  learn(names, 'a', "\1\1\1\1", 60, "\6victim\4test\0"s);
  EXPECT_EQ(names.size(), 0u);
}

TEST_F(HostNamesTest, LookingUpAllocatesNothing) {
  HostNames names;
  learn(names, 'a', "\1\2\3\4");
  test::Record<pk_connect> connect(Kind::connect);
  connect->header.time = now_;
  connect->family = 2;
  std::copy_n("\1\2\3\4", 4, connect->address.bytes);
  const Event event = connect.event(process_);
  const std::size_t before = test::allocations;
  const std::size_t size = names.find(event).size();
  const std::size_t after = test::allocations;
  EXPECT_EQ(before, after);
  EXPECT_EQ(size, 6u);
}

}  // namespace
}  // namespace picket
