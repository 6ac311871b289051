// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/json.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

namespace picket {
namespace {

std::string text_of(std::string_view text) {
  TextBuffer out;
  JsonWriter(out).text(text);
  return std::string(out.view());
}

TEST(Json, Strings) {
  struct Row {
    std::string_view text;
    std::string json;
  };
  const Row rows[] = {
      {"", R"("")"},
      {"plain text of more than sixteen bytes", R"("plain text of more than sixteen bytes")"},
      {"a\"b\\c/d", R"("a\"b\\c/d")"},
      {"\b\t\n\f\r", R"("\b\t\n\f\r")"},
      {std::string_view("\0\x01\x1b\x1f", 4), R"("\u0000\u0001\u001b\u001f")"},
      {"\x7f", "\"\x7f\""},
      {"caf\xc3\xa9 \xf0\x9f\x90\xb1", "\"caf\xc3\xa9 \xf0\x9f\x90\xb1\""},
      {"a\xff", "\"a\xef\xbf\xbd\""},
      {"12345678\"", R"("12345678\"")"},
      {"1234567\"", R"("1234567\"")"},
      {"1234567\x1f", R"("1234567\u001f")"},
      {"1234567\\12345678", R"("1234567\\12345678")"},
      {"\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
  };
  for (const Row& row : rows) EXPECT_EQ(text_of(row.text), row.json);
}

TEST(Json, Composition) {
  TextBuffer out;
  out.append("before,");
  JsonWriter json(out);
  json.open('{').member("a", 1).member("b", std::string_view("x")).name("c").open('[').close(']');
  json.name("d").open('[').number(-1).number(UINT64_MAX).truth(true).null().open('{').close('}').text("[").text("y");
  json.close(']')
      .name("e")
      .placed(9, [](char* at) { return std::copy_n("z", 1, at); })
      .member("f", 2)
      .word_member("g", "w")
      .name("h")
      .word("")
      .close('}')
      .finish();
  EXPECT_EQ(out.view(),
            R"(before,{"a":1,"b":"x","c":[],"d":[-1,18446744073709551615,true,null,{},"[","y"],"e":"z","f":2,)"
            R"("g":"w","h":""})");
}

// What was written once can be written again at such a place, whatever stands before it.
TEST(Json, Again) {
  TextBuffer out;
  JsonWriter json(out);
  json.open('{').member("a", 1);
  const std::size_t before = json.size();
  json.name("b").open('[').text("c").close(']').name("d").null();
  const std::string part(json.since(before));
  json.member("e", 2).close('}').end_line();
  json.open('{').member("f", 3).again(part).member("g", 4).close('}').end_line().finish();
  EXPECT_EQ(out.view(), "{\"a\":1,\"b\":[\"c\"],\"d\":null,\"e\":2}\n{\"f\":3,\"b\":[\"c\"],\"d\":null,\"g\":4}\n");
}

TEST(Json, Base64) {
  struct Row {
    std::string_view bytes;
    std::string json;
  };
  const Row rows[] = {
      {"", R"("")"},
      {"f", R"("Zg==")"},
      {"fo", R"("Zm8=")"},
      {"foo", R"("Zm9v")"},
      {"foob", R"("Zm9vYg==")"},
      {"\xff\xfe\xfd", R"("//79")"},
      {"\xfb\xef\xbe", R"("++++")"},
      {std::string_view("\0\0\0\0", 4), R"("AAAAAA==")"},
  };
  for (const Row& row : rows) {
    TextBuffer out;
    JsonWriter(out).base64(row.bytes);
    EXPECT_EQ(out.view(), row.json);
  }
}

std::string from_base64(const std::string& text) {
  static const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned group = 0, bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    group = group << 6 | static_cast<unsigned>(digits.find(c));
    bits += 6;
    if (bits >= 8) bytes += static_cast<char>(group >> (bits -= 8));
  }
  return bytes;
}

// Whatever the bytes, another parser reads valid JSON, and gets either the text or the exact bytes.
TEST(Json, AnyBytes) {
  std::mt19937 random(1);
  const std::string_view alphabets[] = {std::string_view("\0\x01\"\\\n az\x7f", 9),
                                        "\x80\xbf\xc2\xe2\x82\xac\xf0\x9f\x90\xb1\xed\xa0 a"};
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes;
    for (auto size = random() % 40; size > 0; --size) {
      const std::string_view alphabet = alphabets[random() % 2];
      bytes += random() % 8 == 0 ? static_cast<char>(random()) : alphabet[random() % alphabet.size()];
    }
    TextBuffer out;
    JsonWriter json(out);
    json.open('{').member("m", bytes).close('}').finish();
    const auto parsed = nlohmann::json::parse(out.view());
    if (is_utf8(bytes)) {
      EXPECT_EQ(parsed.at("m"), bytes);
      EXPECT_EQ(parsed.size(), 1u);
    } else {
      EXPECT_EQ(from_base64(parsed.at("m_base64")), bytes);
      EXPECT_NE(parsed.at("m").get<std::string>().find("\xef\xbf\xbd"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace picket
