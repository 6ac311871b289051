// SPDX-License-Identifier: Apache-2.0
//
// Sealed texts: what opens, and what every change of one is answered with.
#include "sensor/trust/seal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/signing.h"

namespace picket::trust {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kTitle = "picket test 1";

class SealTest : public testing::Test {
 protected:
  PrivateKey private_key(const char* name) const { return *PrivateKey::read(directory_ / name); }
  PublicKey public_key(const char* name) const { return *PublicKey::read(directory_ / name); }

  // What opening says; "" when it opens.
  std::string open(const std::string& text, const std::vector<PublicKey>& keys, std::string_view title = kTitle) const {
    const auto opened = open_seal("file", title, text, keys);
    const auto* wrong = std::get_if<Diagnostic>(&opened);
    return wrong == nullptr ? "" : render(*wrong);
  }

  test::SigningDirectory directory_;
  const PrivateKey alice_ = private_key("alice.key");
  const std::vector<PublicKey> keys_ = {public_key("alice.pub")};
  const std::string text_ = seal(kTitle, "one 1\ntwo 2\n", alice_);
};

TEST_F(SealTest, OpensWithTheRightKeyAmongSeveral) {
  const std::vector<PublicKey> both = {public_key("bob.pub"), public_key("alice.pub")};
  const auto opened = open_seal("file", kTitle, text_, both);
  ASSERT_TRUE(std::holds_alternative<OpenedSeal>(opened));
  EXPECT_EQ(std::get<OpenedSeal>(opened).body, "one 1\ntwo 2\n");
  EXPECT_EQ(std::get<OpenedSeal>(opened).key, &both[1]);
  EXPECT_EQ(open(seal(kTitle, "", alice_), keys_), "");
}

TEST_F(SealTest, NoBitCanBeChanged) {
  for (std::size_t i = 0; i < text_.size(); ++i) {
    for (const int bit : {0, 3, 5, 7}) {
      std::string altered = text_;
      altered[i] = static_cast<char>(altered[i] ^ (1 << bit));
      EXPECT_NE(open(altered, keys_), "") << i << " " << bit;
    }
    EXPECT_NE(open(text_.substr(0, i), keys_), "") << i;
    EXPECT_NE(open(std::string(text_).erase(i, 1), keys_), "") << i;
    EXPECT_NE(open(std::string(text_).insert(i, 1, 'x'), keys_), "") << i;
    EXPECT_NE(open(std::string(text_).insert(i, 1, '\n'), keys_), "") << i;
  }
}

TEST_F(SealTest, EveryWrongTextIsAnswered) {
  const auto replaced = [this](const std::string& from, const std::string& to) {
    std::string text = text_;
    return text.replace(text.find(from), from.size(), to);
  };
  std::string crlf;
  for (const char byte : text_) crlf += byte == '\n' ? "\r\n" : std::string(1, byte);
  const struct {
    std::string text;
    std::string answer;
  } rows[] = {
      {"", "file: error: expected 'picket test 1'\n"},
      {"\n", "file:1:1: error: expected 'picket test 1'\n"},
      {"garbage", "file:1:1: error: expected 'picket test 1'\n"},
      {std::string(100, '\0'), "file:1:1: error: expected 'picket test 1'\n"},
      {"\xef\xbb\xbf" + text_, "file:1:1: error: expected 'picket test 1'\n"},
      {crlf, "it has Windows line ends"},
      {replaced("test 1", "test 2"), "file:1:1: error: expected 'picket test 1'\n"},
      {replaced("key ", "kay "), "file:2:1: error: expected 'key' and the SHA-256 of one\n"},
      {replaced("key 06", "key 6"), "file:2:5: error: expected 'key' and the SHA-256 of one\n"},
      {replaced("key 06", "key 07"), "file: error: signed by the key 07e3fd8f"},
      {replaced("one 1", "one 2"), "file: error: altered since it was signed"},
      {replaced("one 1\n", ""), "file: error: altered since it was signed"},
      {replaced("signature", "signatur"), "file:5:1: error: expected 'signature' and 64 bytes in base64\n"},
      {replaced("==", "=="), ""},
      {replaced("==", "= "), "file:5:11: error: expected 'signature' and 64 bytes in base64\n"},
      {text_.substr(0, text_.size() - 1), "file: error: ends early: the last line is not its signature\n"},
      {text_.substr(0, text_.find("one")), "file: error: ends early"},
      {text_ + "\n", "file:6:1: error: expected 'signature'"},
      {text_ + "one 1\n", "file:6:1: error: expected 'signature'"},
      {text_ + text_, "file: error: altered since it was signed"},
  };
  for (const auto& row : rows) {
    const std::string said = open(row.text, keys_);
    if (row.answer.empty()) {
      EXPECT_EQ(said, "");
    } else {
      EXPECT_THAT(said, HasSubstr(row.answer)) << row.text;
    }
  }
}

TEST_F(SealTest, AnotherKeyIsNamed) {
  EXPECT_THAT(open(seal(kTitle, "one 1\n", private_key("bob.key")), keys_),
              StartsWith(std::string("file: error: signed by the key ") + test::kBob.id +
                         ", which is not trusted\nhint: trusted is " + test::kAlice.id + "\n"));
  EXPECT_THAT(open(text_, {}), HasSubstr("which is not trusted"));
}

// The holder of a key that is trusted says he was another: his signature counts for his own name only.
TEST_F(SealTest, TheNameOfAKeyIsNotTaken) {
  std::string forged = seal(kTitle, "one 1\n", private_key("bob.key"));
  forged.replace(forged.find(test::kBob.id), 64, test::kAlice.id);
  EXPECT_THAT(open(forged, {public_key("alice.pub"), public_key("bob.pub")}), HasSubstr("altered since it was signed"));
}

// What was signed as one sort of text is none of another, even if somebody writes the other title above it.
TEST_F(SealTest, TheTitleIsSigned) {
  constexpr std::string_view kOther = "picket rest 1";
  EXPECT_THAT(open(text_, keys_, kOther), HasSubstr("file:1:1: error: expected 'picket rest 1'"));
  std::string renamed = text_;
  renamed.replace(0, kTitle.size(), kOther);
  EXPECT_THAT(open(renamed, keys_, kOther), HasSubstr("altered since it was signed"));
}

}  // namespace
}  // namespace picket::trust
