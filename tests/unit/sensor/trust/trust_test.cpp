// SPDX-License-Identifier: Apache-2.0
//
// Which rule files may come into force: every way in which they may not.
#include "sensor/trust/trust.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "sensor/trust/seal.h"
#include "tests/support/signing.h"

namespace picket::trust {
namespace {

using testing::HasSubstr;

class TrustTest : public testing::Test {
 protected:
  // Signs files as that version, into the place where the signature is looked for.
  void sign(const std::vector<PolicyFile>& files, std::uint64_t version, const char* key = "alice.key") const {
    const auto manifest = make_manifest(files, version);
    const std::string body = print(std::get<Manifest>(manifest));
    directory_.write("policy.sig", seal(kPolicyTitle, body, *PrivateKey::read(directory_ / key)));
  }
  std::unique_ptr<Trust> open(std::vector<std::string> keys = {}) const {
    if (keys.empty()) keys = {directory_ / "alice.pub"};
    auto trust = Trust::open({std::move(keys), directory_ / "policy.sig", directory_ / "record"});
    EXPECT_TRUE(trust) << trust.error().message;
    return trust ? std::move(*trust) : nullptr;
  }
  // Approves and records; what it says otherwise.
  static std::string put_in_force(Trust& trust, const std::vector<PolicyFile>& files) {
    auto approved = trust.approve(files);
    std::string said;
    if (auto* approval = std::get_if<Approval>(&approved)) {
      const auto recorded = approval->record();
      return recorded ? "" : recorded.error().message;
    }
    for (const Diagnostic& reason : std::get<std::vector<Diagnostic>>(approved)) said += render(reason);
    return said;
  }

  test::SigningDirectory directory_;
  const std::vector<PolicyFile> files_ = {{"rules/a.yaml", "A"}, {"rules/b.yaml", "B"}};
  const std::vector<PolicyFile> others_ = {{"rules/a.yaml", "A"}, {"rules/b.yaml", "C"}};
};

TEST_F(TrustTest, ApprovesWhatWasSigned) {
  sign(files_, 7);
  const auto trust = open();
  auto approved = trust->approve(files_);
  auto* approval = std::get_if<Approval>(&approved);
  ASSERT_NE(approval, nullptr);
  EXPECT_TRUE(approval->first());
  EXPECT_EQ(approval->policy().version.number, 7u);
  EXPECT_EQ(approval->policy().key, test::kAlice.id);
  EXPECT_EQ(approval->policy().files, 2u);
  EXPECT_TRUE(approval->record());

  const auto later = open();
  auto again = later->approve(files_);
  ASSERT_TRUE(std::holds_alternative<Approval>(again));
  EXPECT_FALSE(std::get<Approval>(again).first());
}

TEST_F(TrustTest, RefusesWhatWasNotSigned) {
  const auto trust = open();
  EXPECT_THAT(put_in_force(*trust, files_), HasSubstr("policy.sig: error: the policy is not signed: cannot read this"));
  directory_.write("policy.sig", "");
  EXPECT_THAT(put_in_force(*trust, files_), HasSubstr("expected 'picket policy signature 1'"));
  directory_.write("policy.sig", std::string(kLargestSignature + 1, 'x'));
  EXPECT_THAT(put_in_force(*trust, files_), HasSubstr("larger than 2097152 bytes"));
  sign(others_, 7);
  EXPECT_THAT(put_in_force(*trust, files_), HasSubstr("rules/b.yaml: error: altered since it was signed"));
  sign(files_, 7, "bob.key");
  EXPECT_THAT(put_in_force(*trust, files_), HasSubstr("which is not trusted"));
  // Another sort of text, signed by the right key.
  directory_.write("policy.sig", seal("picket enforcement token 1", print(std::get<Manifest>(make_manifest(files_, 7))),
                                      *PrivateKey::read(directory_ / "alice.key")));
  EXPECT_THAT(put_in_force(*trust, files_), HasSubstr("expected 'picket policy signature 1'"));
  // A body that is none, signed by the right key.
  directory_.write("policy.sig", seal(kPolicyTitle, "version 7\n", *PrivateKey::read(directory_ / "alice.key")));
  EXPECT_THAT(put_in_force(*trust, files_), HasSubstr("policy.sig:3:9: error: expected the lines of the files"));
  EXPECT_FALSE(directory_.has("record")) << "nothing was in force";
}

TEST_F(TrustTest, TakesNoStepBack) {
  const struct {
    std::uint64_t version;
    bool others;  // other rules
    const char* key;
    const char* answer;  // "": in force
  } steps[] = {
      {7, false, "alice.key", ""},
      {7, false, "alice.key", ""},
      {7, false, "bob.key", ""},  // the same policy, signed by both
      {6, false, "alice.key", "version 6 is older than 7, which was in force before"},
      {7, true, "alice.key", "version 7 was in force before, with other rules"},
      {0, true, "bob.key", "version 0 is older than 7"},
      {8, true, "alice.key", ""},
      {7, false, "alice.key", "version 7 is older than 8"},
      {9, false, "bob.key", ""},
      {18446744073709551615u, true, "alice.key", ""},
      {9, false, "alice.key", "is older than 18446744073709551615"},
  };
  const std::vector<std::string> keys = {directory_ / "bob.pub", directory_ / "alice.pub"};
  const auto running = open(keys);
  for (const auto& step : steps) {
    const auto& files = step.others ? others_ : files_;
    sign(files, step.version, step.key);
    // A sensor that was started just now knows as much as one that has been running all the time.
    for (const std::string& said : {put_in_force(*open(keys), files), put_in_force(*running, files)}) {
      if (*step.answer == '\0') {
        EXPECT_EQ(said, "") << step.version;
      } else {
        EXPECT_THAT(said, HasSubstr(step.answer));
      }
    }
  }
}

TEST_F(TrustTest, WhatDidNotComeIntoForceIsNotRecorded) {
  const auto trust = open();
  sign(files_, 7);
  ASSERT_EQ(put_in_force(*trust, files_), "");
  sign(others_, 8);
  { const auto approved = trust->approve(others_); }
  EXPECT_FALSE(directory_.has("record.new"));
  sign(files_, 7);
  EXPECT_EQ(put_in_force(*trust, files_), "");
  EXPECT_EQ(put_in_force(*open(), files_), "");
}

TEST_F(TrustTest, RefusesWhenItCouldNotRecord) {
  const auto trust = open();
  sign(files_, 7);
  directory_.write("record.new/x", "");
  EXPECT_THAT(put_in_force(*trust, files_), HasSubstr("cannot record which policy is in force"));
}

TEST_F(TrustTest, DoesNotOpenWithoutWhatItRests) {
  const auto error = [this](const char* key) {
    const auto trust = Trust::open({{directory_ / key}, directory_ / "policy.sig", directory_ / "record"});
    return trust ? "" : trust.error().message;
  };
  EXPECT_EQ(error("alice.pub"), "");
  EXPECT_THAT(error("missing.pub"), HasSubstr("cannot read the key"));
  EXPECT_THAT(error("alice.key"), HasSubstr("this is a private key"));
  chmod((directory_ / "alice.pub").c_str(), 0666);
  EXPECT_THAT(error("alice.pub"), HasSubstr("cannot be trusted: others than its owner may write to it"));
  chmod((directory_ / "alice.pub").c_str(), 0644);
  directory_.write("record", "x", 0600);
  EXPECT_THAT(error("alice.pub"), HasSubstr("cannot tell which policy was in force before"));
}

}  // namespace
}  // namespace picket::trust
