// SPDX-License-Identifier: Apache-2.0
//
// What the control socket is asked beside `reload`: who may, and what comes of it.
#include "sensor/pipeline/requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "sensor/trust/seal.h"
#include "tests/support/signing.h"

namespace picket {
namespace {

using testing::HasSubstr;

constexpr Clocks kNow{1'000'000'000'000, 500'000'000'000};

class RequestsTest : public testing::Test {
 protected:
  RequestsTest() {
    config_.host_root = directory_ / "root";
    config_.policy_record = directory_ / "state/record";
    directory_.write("root/etc/machine-id", std::string(32, 'a') + "\n");
    enforcement_.start({1, 0}, kNow);
  }
  void trust_alice() {
    trust_ = *trust::Trust::open({{directory_ / "alice.pub"}, directory_ / "policy.sig", config_.policy_record});
    requests_ = std::make_unique<Requests>(config_, trust_.get(), enforcement_, [this] { return status(); });
  }
  Status status() const {
    Status status;
    status.enforcement = enforcement_.state();
    const std::uint64_t until = enforcement_.off_until();
    status.on_again_seconds = until == 0 ? 0 : (until - kNow.boot) / 1'000'000'000;
    return status;
  }
  std::string order() const {
    const trust::Order order{.machine = std::string(32, 'a'),
                             .seconds = 600,
                             .expires = static_cast<std::uint64_t>(std::time(nullptr)) + 60,
                             .nonce = trust::make_nonce()};
    return trust::seal(trust::kOrderTitle, trust::print(order), *trust::PrivateKey::read(directory_ / "alice.key"));
  }
  Answer ask(const std::string& text, uid_t uid = 0) {
    return requests_->answer({.client = 1, .peer = {.pid = 1, .uid = uid}, .text = text}, kNow);
  }

  const test::SigningDirectory directory_;
  Config config_;
  std::vector<std::string> changes_;
  EnforcementSwitch enforcement_{0,
                                 {.allow = [](bool) {}, .put_off = [](std::uint64_t) {}},
                                 [this](const EnforcementChange& change) { changes_.emplace_back(change.key); }};
  std::unique_ptr<trust::Trust> trust_;
  std::unique_ptr<Requests> requests_ =
      std::make_unique<Requests>(config_, nullptr, enforcement_, [this] { return status(); });
};

TEST_F(RequestsTest, EachHasItsAnswer) {
  const struct {
    std::string text;
    uid_t uid;
    Verdict verdict;
    std::string said;
  } rows[] = {
      {"status", 1000, Verdict::Done, "enforcement  enforce"},
      {"status json", 1000, Verdict::Done, "\"picket.status.v1\""},
      {"enforce status", 1000, Verdict::Done, "enforce ("},
      {"enforce off", 1000, Verdict::Failed, "only root"},
      {"enforce on", 1000, Verdict::Failed, "only root"},
      {"enforce off 90", 0, Verdict::Done, "off, on again in 90s ("},
      {"enforce off", 0, Verdict::Done, "off ("},
      {"enforce on", 0, Verdict::Done, "enforce ("},
      {"enforce off -1", 0, Verdict::Failed, "no number of seconds"},
      {"enforce off 99999999999999999999", 0, Verdict::Failed, "no number of seconds"},
      {"enforce", 0, Verdict::Failed, "on, off or status"},
      {"", 0, Verdict::Failed, "no such request"},
      {"statuses", 0, Verdict::Failed, "no such request"},
  };
  for (const auto& row : rows) {
    const Answer answer = ask(row.text, row.uid);
    EXPECT_EQ(row.verdict, answer.verdict) << row.text;
    EXPECT_THAT(answer.text, HasSubstr(row.said)) << row.text;
  }
  EXPECT_EQ(3u, changes_.size());
}

TEST_F(RequestsTest, WithTrustedKeysOffTakesAnOrder) {
  trust_alice();
  EXPECT_EQ(Verdict::Untrusted, ask("enforce off").verdict);
  EXPECT_EQ(Verdict::Untrusted, ask("enforce off\nanything").verdict);
  EXPECT_EQ("enforce", enforcement_.state());
  const std::string given = order();
  EXPECT_THAT(ask("enforce off 3600\n" + given).text, HasSubstr("off, on again in 10m (")) << "no longer than it says";
  EXPECT_EQ(Verdict::Done, ask("enforce on").verdict);
  EXPECT_THAT(ask("enforce off\n" + given).text, HasSubstr("used before"));
  EXPECT_THAT(ask("enforce off 60\n" + order()).text, HasSubstr("off, on again in 1m ("));
  EXPECT_EQ((std::vector<std::string>{test::kAlice.id, "", test::kAlice.id}), changes_);
}

TEST_F(RequestsTest, AMachineWithoutIdTakesNone) {
  trust_alice();
  directory_.write("root/etc/machine-id", "uninitialized\n");
  EXPECT_EQ("", machine_id(config_.host_root));
  EXPECT_EQ(Verdict::Untrusted, ask("enforce off\n" + order()).verdict);
}

}  // namespace
}  // namespace picket
