// SPDX-License-Identifier: Apache-2.0
//
// Off and on, for a while, and the dead-man timer: what the kernel is told, and what is said of it.
#include "sensor/pipeline/enforcement_switch.h"

#include <gtest/gtest.h>

#include <vector>

namespace picket {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
const Asker kRoot{.uid = 0, .pid = 812, .process = "/usr/bin/picket"};

class Switch : public testing::Test {
 protected:
  EnforcementSwitch make(std::uint64_t dead_man = 60 * kSecond) {
    return {
        dead_man,
        {.allow = [this](bool yes) { allowed_ = yes; }, .put_off = [this](std::uint64_t until) { deadline_ = until; }},
        [this](const EnforcementChange& change) {
          said_.push_back(std::string(change.from) + ">" + std::string(change.to) + " " + std::string(change.cause) +
                          " at " + std::to_string(change.time / kSecond) +
                          (change.until != 0 ? " until " + std::to_string(change.until / kSecond) : "") +
                          (change.pid != 0 ? " by " + std::to_string(change.pid) : ""));
        }};
  }
  // The machine slept for 1,000 seconds before.
  static Clocks at(std::uint64_t second) { return {(second + 1000) * kSecond, second * kSecond}; }
  std::vector<std::string> said() { return std::exchange(said_, {}); }

  using Said = std::vector<std::string>;
  bool allowed_ = false;
  std::uint64_t deadline_ = 0;
  Said said_;
};

TEST_F(Switch, NothingBeforeTheRulesAreInForce) {
  auto enforcement = make();
  enforcement.look(at(100));
  EXPECT_FALSE(allowed_);
  EXPECT_EQ(0u, deadline_);
}

TEST_F(Switch, OffAndOn) {
  auto enforcement = make();
  enforcement.start({2, 1}, at(1));
  EXPECT_TRUE(allowed_);
  EXPECT_EQ("enforce", enforcement.state());
  enforcement.off(kRoot, 0, at(2));
  EXPECT_FALSE(allowed_);
  EXPECT_EQ("off", enforcement.state());
  enforcement.look(at(50));
  enforcement.on(kRoot, at(51));
  EXPECT_TRUE(allowed_);
  enforcement.on(kRoot, at(52));  // changes nothing
  EXPECT_EQ((Said{"enforce>off command at 1002 by 812", "off>enforce command at 1051 by 812"}), said());
}

TEST_F(Switch, OffForAWhile) {
  auto enforcement = make(0);
  enforcement.start({1, 0}, at(1));
  enforcement.off(kRoot, 600 * kSecond, at(10));
  enforcement.look(at(300));
  enforcement.off(kRoot, 600 * kSecond, at(300));  // from now on
  enforcement.look(at(899));
  EXPECT_FALSE(allowed_);
  enforcement.look(at(900));
  EXPECT_TRUE(allowed_);
  EXPECT_EQ(0u, deadline_) << "no timer was asked for";
  EXPECT_EQ((Said{"enforce>off command at 1010 until 1610 by 812", "off>off command at 1300 until 1900 by 812",
                  "off>enforce timeout at 1900"}),
            said());
}

TEST_F(Switch, AReloadIsTold) {
  auto enforcement = make();
  enforcement.start({0, 0}, at(1));
  EXPECT_EQ("observe", enforcement.state());
  enforcement.change_rules({0, 3}, at(2));
  enforcement.change_rules({1, 3}, at(3));
  enforcement.change_rules({2, 0}, at(4));  // still enforce
  enforcement.off(kRoot, 0, at(5));
  enforcement.change_rules({0, 1}, at(6));  // still off
  enforcement.on(kRoot, at(7));
  EXPECT_EQ((Said{"observe>audit reload at 1002", "audit>enforce reload at 1003", "enforce>off command at 1005 by 812",
                  "off>audit command at 1007 by 812"}),
            said());
}

TEST_F(Switch, TheDeadMan) {
  auto enforcement = make(60 * kSecond);
  enforcement.start({1, 0}, at(1));
  EXPECT_EQ(61 * kSecond, deadline_);
  enforcement.look(at(60));
  EXPECT_EQ(120 * kSecond, deadline_);
  EXPECT_EQ(Said{}, said());
  enforcement.look(at(150));  // was stopped meanwhile
  EXPECT_EQ(210 * kSecond, deadline_);
  EXPECT_EQ(1u, enforcement.lapses());
  EXPECT_EQ((Said{"enforce>lapsed dead_man at 1120", "lapsed>enforce dead_man at 1150"}), said());
  enforcement.off(kRoot, 0, at(151));
  enforcement.look(at(1000));  // nothing was refused anyhow
  EXPECT_EQ(1u, enforcement.lapses());
  EXPECT_EQ(1u, said().size());
}

}  // namespace
}  // namespace picket
