// SPDX-License-Identifier: Apache-2.0
//
// Which tokens can be read from a file, and what is said of the others: never anything of what is in them.
#include "exporters/kafka/token_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temporary_directory.h"
#include "tests/support/token.h"

namespace picket {
namespace {

TEST(TokenFile, Urls) {
  EXPECT_EQ(path_of_token_url("file:///run/token"), "/run/token");
  for (const char* other : {"", "file://", "file://run/token", "/run/token", "https://id.example.org/token"})
    EXPECT_EQ(path_of_token_url(other), std::nullopt) << other;
}

TEST(TokenFile, ReadsWhatClientsNeed) {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path().string() + "/token";
  const struct {
    std::string text;
    const char* who;
    std::int64_t ends_ms;
  } rows[] = {
      {test::token_of(R"({"sub":"picket","exp":1000})"), "picket", 1'000'000},
      {test::token_of(R"({"exp":1000.5,"sub":"a"})") + "\n", "a", 1'000'500},
      {"\n " + test::token_of(R"({"exp":1000,"aud":["kafka"]})") + "c2lnbmVk \r\n", "-", 1'000'000},
      {test::token_of(R"({"exp":1e300,"sub":"Grüße?>"})"), "Grüße?>", 253'402'300'799'000},
      {test::token_of(R"({"exp":-1,"sub":7})"), "-", 0},
  };
  for (const auto& row : rows) {
    std::ofstream(path) << row.text;
    const auto token = read_token_file(path);
    ASSERT_TRUE(token) << row.text << ": " << token.error().message;
    EXPECT_EQ(token->who, row.who);
    EXPECT_EQ(token->ends_ms, row.ends_ms);
    EXPECT_NE(row.text.find(token->text), std::string::npos);
    EXPECT_EQ(token->text.find_first_of(" \r\n"), std::string::npos);
  }
}

TEST(TokenFile, Mistakes) {
  const test::TemporaryDirectory directory;
  const std::string path = directory.path().string() + "/token";
  const struct {
    std::string text;
    const char* said;
  } rows[] = {
      {"", "is none"},
      {"secret", "is none"},
      {"secret.secret", "is none"},
      {"a.b.c.d", "is none"},
      {"a.!!!!.c", "is none"},
      {"a." + test::base64url("[1]") + ".c", "is none"},
      {"a." + test::base64url("{\"exp\":1") + ".c", "is none"},
      {test::token_of(R"({"sub":"secret"})"), "does not say when it expires (exp)"},
      {test::token_of(R"({"exp":"soon"})"), "does not say when it expires (exp)"},
      {std::string(70'000, 'a'), "cannot be read: larger than 65536 bytes"},
  };
  for (const auto& row : rows) {
    std::ofstream(path) << row.text;
    const auto token = read_token_file(path);
    ASSERT_FALSE(token) << row.text;
    EXPECT_EQ(token.error().message, "the token in " + path + " " + row.said);
  }
  EXPECT_EQ(read_token_file("/none").error().message, "the token in /none cannot be read: No such file or directory");
}

}  // namespace
}  // namespace picket
