// SPDX-License-Identifier: Apache-2.0
//
// Keys from files, signatures by the test vectors of RFC 8032, and bytes as text.
#include "sensor/trust/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/signing.h"

namespace picket::trust {
namespace {

using test::kAlice;
using test::kBob;
using testing::HasSubstr;

constexpr const char* kEd448 =
    "-----BEGIN PUBLIC KEY-----\n"
    "MEMwBQYDK2VxAzoArIkXDoGTvs9l5CHcimn7EmBfeoSWBj0cbxbq+nuKZef5WaiL\n"
    "oM7JlgB6da6aBEYSu2glEldpzrQA\n"
    "-----END PUBLIC KEY-----\n";
constexpr const char* kEd448Private =
    "-----BEGIN PRIVATE KEY-----\n"
    "MEcCAQAwBQYDK2VxBDsEOf07yg8Fvu6uQvW8/5ywmQXRLrAmjmgAHgBLYwWmbPyb\n"
    "ZQLT8fMmrqN8X25Rc4EYsA4HqTahr2xytw==\n"
    "-----END PRIVATE KEY-----\n";

TEST(Keys, SignAsTheRfcSays) {
  const test::SigningDirectory directory;
  const struct {
    const char* file;
    const char* id;
    const char* message;
    const char* signature;  // in base64
  } rows[] = {
      {"alice", kAlice.id, "",
       "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCw=="},
      {"bob", kBob.id, "\x72",
       "kqAJqfDUyrhyDoILX2QlQKKye1QWUD+Ps3YiI+vbadoIWsHkPhWZbkWPNhPQ8R2MOHsurrQwKu6wDSkWErsMAA=="},
  };
  for (const auto& row : rows) {
    const auto key = PrivateKey::read(directory / (std::string(row.file) + ".key"));
    const auto half = PublicKey::read(directory / (std::string(row.file) + ".pub"));
    ASSERT_TRUE(key && half) << row.file;
    const Signature signature = key->sign(row.message);
    EXPECT_EQ(base64(signature), row.signature);
    EXPECT_EQ(key->public_key().id(), row.id);
    EXPECT_EQ(half->id(), row.id);
    EXPECT_TRUE(half->verifies(row.message, signature));
    EXPECT_FALSE(half->verifies("another", signature));
    for (const std::size_t byte : {0u, 31u, 32u, 63u}) {
      Signature altered = signature;
      altered[byte] ^= 1;
      EXPECT_FALSE(half->verifies(row.message, altered)) << byte;
    }
  }
}

TEST(Keys, WhatIsNoPublicKeyIsRefused) {
  const test::SigningDirectory directory;
  const struct {
    std::string path;
    const char* answer;
  } rows[] = {
      {directory / "missing", "No such file or directory"},
      {"/dev/zero", "not a regular file"},
      {directory / "alice.key", "this is a private key, and the public half is wanted"},
      {directory.write("both", std::string(kAlice.public_pem) + kAlice.private_pem), "this is a private key"},
      {directory.write("other", kEd448), "not an Ed25519 key"},
      {directory.write("empty", ""), "no public key in PEM form"},
      {directory.write("text", "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n"), "no public key"},
      {directory.write("large", std::string(70'000, 'x')), "larger than 65536 bytes"},
  };
  for (const auto& row : rows) {
    const auto key = PublicKey::read(row.path);
    ASSERT_FALSE(key) << row.path;
    EXPECT_THAT(key.error().message, HasSubstr("cannot read the key " + row.path + ": " + row.answer));
  }
}

TEST(Keys, WhatIsNoPrivateKeyIsRefusedAndNotQuoted) {
  const test::SigningDirectory directory;
  const struct {
    std::string path;
    const char* answer;
  } rows[] = {
      {directory / "missing", "No such file or directory"},
      {directory / "alice.pub", "no private key in PEM form"},
      {directory.write("other", kEd448Private), "not an Ed25519 key"},
      {directory.write("cut", std::string(kAlice.private_pem).replace(60, 4, "!!!!")), "damaged"},
  };
  for (const auto& row : rows) {
    const auto key = PrivateKey::read(row.path);
    ASSERT_FALSE(key) << row.path;
    EXPECT_THAT(key.error().message, HasSubstr(row.answer));
    EXPECT_THAT(key.error().message + key.error().hint, testing::Not(HasSubstr("MC4CAQ")));
  }
}

TEST(Keys, WhoElseMayComeNearIsKnown) {
  const test::SigningDirectory directory;
  const struct {
    int mode;
    bool changeable, readable;
  } rows[] = {{0600, false, false}, {0640, false, true}, {0644, false, true}, {0620, true, false}, {0602, true, false}};
  for (const auto& row : rows) {
    const std::string path = directory.write("file", "x", row.mode);
    EXPECT_EQ(!changeable_by_others(path).empty(), row.changeable) << std::oct << row.mode;
    EXPECT_EQ(readable_by_others(path), row.readable) << std::oct << row.mode;
  }
  EXPECT_EQ(changeable_by_others(directory / "missing"), "");
}

TEST(Encoding, HasOneTextForEachValue) {
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_TRUE(is_sha256(sha256("")));
  EXPECT_FALSE(is_sha256(sha256("") + "0"));
  EXPECT_FALSE(is_sha256("E" + sha256("").substr(1)));

  const std::string zero = base64({});
  EXPECT_EQ(zero, std::string(86, 'A') + "==");
  EXPECT_EQ(parse_base64(zero), Signature{});
  const std::string refused[] = {"",
                                 zero + "\n",
                                 zero.substr(1),
                                 " " + zero.substr(1),
                                 std::string(85, 'A') + "B==",  // loose bits
                                 std::string(87, 'A') + "=",
                                 std::string(88, 'A'),
                                 std::string(84, 'A') + "====",
                                 std::string(85, 'A') + "_=="};
  for (const std::string& text : refused) EXPECT_FALSE(parse_base64(text)) << text;

  EXPECT_EQ(parse_number("0"), 0u);
  EXPECT_EQ(parse_number("18446744073709551615"), 18446744073709551615u);
  for (const char* text : {"", "00", "01", "+1", "-1", " 1", "1 ", "1e3", "0x1", "18446744073709551616"}) {
    EXPECT_FALSE(parse_number(text)) << text;
  }
}

}  // namespace
}  // namespace picket::trust
