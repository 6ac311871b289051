// SPDX-License-Identifier: Apache-2.0
//
// picket sign, verify, and what `run` makes of it before it comes to a kernel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/signing.h"
#include "tests/unit/sensor/cli/typing.h"

namespace picket::cli {
namespace {

using testing::HasSubstr;

constexpr const char* kRule =
    "- rule: Shadow read\n"
    "  desc: Somebody read the password hashes\n"
    "  condition: open.path = /etc/shadow\n"
    "  output: \"%proc.name\"\n"
    "  priority: INFO\n";

class SignTest : public testing::Test {
 protected:
  Outcome sign(std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {"sign", "--key", key_, "--output", signature_, rules_};
    words.insert(words.end(), more.begin(), more.end());
    return type(words);
  }
  Outcome verify(const std::string& key) const {
    return type({"verify", "--key", directory_ / key, "--signature", signature_, rules_});
  }
  // Ends before it comes to the kernel: there is nowhere to write to.
  Outcome run() const {
    return type({"run", "--config", empty_, "--rules", rules_, "--output", "off", "--trusted-keys",
                 directory_ / "bob.pub", directory_ / "alice.pub", "--policy-signature", signature_, "--policy-record",
                 directory_ / "record"});
  }

  test::SigningDirectory directory_;
  const std::string rules_ = directory_ / "rules";
  const std::string key_ = directory_ / "alice.key";
  const std::string signature_ = directory_ / "policy.sig";
  const std::string empty_ = directory_.write("empty.yaml", "");
  const std::string a_ = directory_.write("rules/a.yaml", kRule);
  const std::string b_ = directory_.write("rules/b.yml", "- list: l\n  items: [x]\n");
};

TEST_F(SignTest, WhatIsSignedVerifies) {
  const Outcome made = sign({"--policy-version", "7"});
  EXPECT_EQ(made.code, ExitCode::Ok) << made.errors;
  EXPECT_EQ(made.output, signature_ + ": policy version 7 of 2 files, signed by " + test::kAlice.id + "\n");
  EXPECT_EQ(made.errors, "");
  EXPECT_THAT(directory_.read("policy.sig"), testing::StartsWith(std::string("picket policy signature 1\nkey ") +
                                                                 test::kAlice.id + "\nversion 7\nfile "));
  EXPECT_FALSE(directory_.has("policy.sig.new"));
  const Outcome verified = verify("alice.pub");
  EXPECT_EQ(verified.code, ExitCode::Ok) << verified.errors;
  EXPECT_EQ(verified.output, made.output);
  // Keys can be several, and what follows them are rule files.
  EXPECT_EQ(type({"verify", "--signature", signature_, "--key", directory_ / "bob.pub", "--key",
                  directory_ / "alice.pub", a_, b_})
                .code,
            ExitCode::Ok);
}

TEST_F(SignTest, EachSignatureIsLaterThanTheOneBefore) {
  EXPECT_EQ(sign().code, ExitCode::Ok);
  EXPECT_THAT(directory_.read("policy.sig"), HasSubstr("\nversion 1")) << "seconds since 1970";
  const std::string first = directory_.read("policy.sig");
  EXPECT_EQ(sign().code, ExitCode::Ok) << "within a second";
  EXPECT_NE(directory_.read("policy.sig"), first);

  EXPECT_EQ(sign({"--policy-version", "99999999999"}).code, ExitCode::Ok);
  EXPECT_EQ(sign().code, ExitCode::Ok);
  EXPECT_THAT(directory_.read("policy.sig"), HasSubstr("\nversion 100000000000\n"));
  const Outcome back = sign({"--policy-version", "100000000000"});
  EXPECT_EQ(back.code, ExitCode::Usage);
  EXPECT_THAT(back.errors, HasSubstr("version 100000000000 is no later than the version 100000000000 that was signed"));
  EXPECT_EQ(sign({"--policy-version", "18446744073709551615"}).code, ExitCode::Ok);
  EXPECT_EQ(sign().code, ExitCode::Usage) << "there is none later";
  // Whatever another key has signed says nothing about this one.
  EXPECT_EQ(type({"sign", "--key", directory_ / "bob.key", "--output", signature_, rules_}).code, ExitCode::Ok);
  EXPECT_EQ(verify("bob.pub").code, ExitCode::Ok);
}

TEST_F(SignTest, EveryWrongWordIsAnsweredWithItsCode) {
  const std::string broken = directory_.write("broken.yaml", "- rule: [\n");
  const std::string nothing = directory_.write("nothing/readme", "");
  const struct {
    std::vector<std::string> words;
    ExitCode code;
    std::string answer;
  } rows[] = {
      {{"sign", rules_}, ExitCode::Usage, "--key is required"},
      {{"sign", "--key", key_}, ExitCode::Usage, "PATH"},
      {{"sign", "--key", directory_ / "none", rules_}, ExitCode::Failure, "cannot read the key"},
      {{"sign", "--key", directory_ / "alice.pub", rules_}, ExitCode::Failure, "no private key in PEM form"},
      {{"sign", "--key", key_, "--policy-version", "-1", rules_}, ExitCode::Usage, "expected a number below 2^64"},
      {{"sign", "--key", key_, "--policy-version", "0x7", rules_}, ExitCode::Usage, "expected a number below 2^64"},
      {{"sign", "--key", key_, "--output", signature_, broken}, ExitCode::Rules, "not YAML"},
      {{"sign", "--key", key_, "--output", signature_, "/nonexistent"}, ExitCode::Rules, "cannot read this"},
      {{"sign", "--key", key_, "--output", signature_, directory_ / "nothing"},
       ExitCode::Rules,
       "no rule file to sign"},
      {{"sign", "--key", key_, "--output", a_, rules_}, ExitCode::Usage, "is no signature of a policy: it is not"},
      {{"sign", "--key", key_, "--output", "/nonexistent/x", rules_}, ExitCode::Failure, "cannot write /nonexistent/x"},
      {{"verify", rules_}, ExitCode::Usage, "--key is required"},
      {{"verify", "--key", key_, rules_}, ExitCode::Failure, "this is a private key"},
      {{"verify", "--key", directory_ / "alice.pub", "--signature", signature_, "/nonexistent"},
       ExitCode::Untrusted,
       "cannot read this"},
      {{"verify", "--key", directory_ / "alice.pub", "--signature", "/nonexistent", rules_},
       ExitCode::Untrusted,
       "the policy is not signed"},
  };
  for (const auto& row : rows) {
    const Outcome outcome = type(row.words);
    EXPECT_EQ(static_cast<int>(outcome.code), static_cast<int>(row.code)) << testing::PrintToString(row.words);
    EXPECT_THAT(outcome.errors, HasSubstr(row.answer)) << testing::PrintToString(row.words);
  }
  EXPECT_FALSE(directory_.has("policy.sig"));
  EXPECT_EQ(directory_.read("rules/a.yaml"), kRule);
}

TEST_F(SignTest, AKeyThatOthersReadIsWarnedOf) {
  EXPECT_EQ(sign().errors, "");
  directory_.write("alice.key", test::kAlice.private_pem, 0644);
  const Outcome warned = sign();
  EXPECT_EQ(warned.code, ExitCode::Ok);
  EXPECT_THAT(warned.errors, HasSubstr("others can read the private key " + key_));
}

TEST_F(SignTest, WhatDiffersDoesNotVerify) {
  ASSERT_EQ(sign().code, ExitCode::Ok);
  EXPECT_EQ(verify("bob.pub").code, ExitCode::Untrusted);
  EXPECT_THAT(verify("bob.pub").errors, HasSubstr("which is not trusted"));
  const Outcome reordered = type({"verify", "--key", directory_ / "alice.pub", "--signature", signature_, b_, a_});
  EXPECT_EQ(reordered.code, ExitCode::Untrusted);
  EXPECT_THAT(reordered.errors, HasSubstr("a.yaml: error: number 2 of the rule files, and number 1 of those"));
  directory_.write("rules/a.yaml", std::string(kRule) + "\n");
  EXPECT_THAT(verify("alice.pub").errors, HasSubstr("a.yaml: error: altered since it was signed"));
  directory_.remove("rules/a.yaml");
  EXPECT_THAT(verify("alice.pub").errors, HasSubstr("the rule file 'a.yaml' was signed and is not there"));
}

TEST_F(SignTest, RunTakesOnlyWhatWasSigned) {
  EXPECT_EQ(run().code, ExitCode::Untrusted);
  EXPECT_THAT(run().errors, HasSubstr("the policy is not signed"));
  ASSERT_EQ(sign().code, ExitCode::Ok);
  EXPECT_EQ(run().code, ExitCode::Failure);
  EXPECT_THAT(run().errors, HasSubstr("alerts would go nowhere"));
  EXPECT_FALSE(directory_.has("record")) << "it did not come into force";
  EXPECT_FALSE(directory_.has("record.new"));

  directory_.write("rules/c.yaml", "- rule: [\n");
  const Outcome added = run();
  EXPECT_EQ(added.code, ExitCode::Untrusted);
  EXPECT_THAT(added.errors, HasSubstr("c.yaml: error: not part of the signed policy"));
  EXPECT_THAT(added.errors, testing::Not(HasSubstr("not YAML"))) << "what nobody signed is not even parsed";
  directory_.remove("rules/c.yaml");

  directory_.write("record", "picket policy record 1\nversion 99999999999\npolicy " + std::string(64, '0') + "\n",
                   0600);
  EXPECT_EQ(run().code, ExitCode::Untrusted);
  EXPECT_THAT(run().errors, HasSubstr("is older than 99999999999, which was in force before"));
  directory_.write("record", "", 0600);
  EXPECT_EQ(run().code, ExitCode::Untrusted);
  EXPECT_THAT(run().errors, HasSubstr("cannot tell which policy was in force before"));
  directory_.remove("record");
  directory_.write("bob.pub", test::kBob.public_pem, 0666);
  EXPECT_EQ(run().code, ExitCode::Untrusted);
  EXPECT_THAT(run().errors, HasSubstr("bob.pub cannot be trusted: others than its owner may write to it"));
}

}  // namespace
}  // namespace picket::cli
