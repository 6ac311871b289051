// SPDX-License-Identifier: Apache-2.0
//
// Documents that are too large: what is left of them.
#include "exporters/kafka/shorten.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

namespace picket {
namespace {

using Json = nlohmann::ordered_json;

std::string x(std::size_t count) { return std::string(count, 'x'); }

TEST(ShortenJson, LongestTextsAreCut) {
  const Json alert = {{"id", "0123456789abcdef"}, {"path", x(20'000)}, {"name", x(200)}, {"number", 7}};
  const auto made = shorten_json(alert.dump(), 17'000);
  ASSERT_TRUE(made);
  const Json shorter = Json::parse(*made);
  EXPECT_EQ(shorter["path"], x(16'384) + " [3616 bytes cut]");
  EXPECT_EQ(shorter["name"], x(200)) << "no more than has to be";
  EXPECT_EQ(shorter["id"], "0123456789abcdef");
  EXPECT_EQ(shorter["number"], 7);
  EXPECT_EQ(shorter.begin().key(), "id") << "in their order";
}

TEST(ShortenJson, ListsOfTextsSayHowManyAreMissing) {
  Json alert = {{"argv", Json::array()}};
  for (int i = 0; i < 1000; ++i) alert["argv"].push_back(std::to_string(1000 + i) + x(100));
  const auto made = shorten_json(alert.dump(), 1000);
  ASSERT_TRUE(made);
  const Json argv = Json::parse(*made)["argv"];
  ASSERT_EQ(argv.size(), 10u);
  EXPECT_EQ(argv[8], "1008" + x(100));
  EXPECT_EQ(argv[9], "[991 more]");
}

TEST(ShortenJson, OtherListsLoseTheirEnd) {
  Json alert = {{"labels", Json::array()}};
  for (int i = 0; i < 1000; ++i) alert["labels"].push_back({{"name", x(100)}, {"value", i}});
  const auto made = shorten_json(alert.dump(), 2000);
  ASSERT_TRUE(made);
  const Json labels = Json::parse(*made)["labels"];
  EXPECT_FALSE(labels.empty());
  EXPECT_EQ(labels[0]["value"], 0);
  EXPECT_LE(made->size(), 2000u);
}

TEST(ShortenJson, ExactBytesOfWhatWasCutGo) {
  const Json alert = {{"process", {{"cwd", x(20'000)}, {"cwd_base64", "eHg="}, {"exe", "a"}, {"exe_base64", "YQ=="}}}};
  const auto made = shorten_json(alert.dump(), 17'000);
  ASSERT_TRUE(made);
  const Json process = Json::parse(*made)["process"];
  EXPECT_FALSE(process.contains("cwd_base64"));
  EXPECT_EQ(process["exe_base64"], "YQ==");
}

TEST(ShortenJson, NeverWithinACharacter) {
  std::string text;
  while (text.size() < 20'000) text += "\xe2\x82\xac";  // of three bytes, which 16,384 is no multiple of
  const auto made = shorten_json(Json{{"a", text}}.dump(), 17'000);
  ASSERT_TRUE(made);
  const std::string cut = Json::parse(*made)["a"];
  EXPECT_EQ(cut.find("\xef\xbf\xbd"), cut.npos);
  EXPECT_EQ(cut.find(" [") % 3, 0u);
}

TEST(ShortenJson, WhatCannotBe) {
  EXPECT_FALSE(shorten_json("no JSON", 100));
  EXPECT_FALSE(shorten_json("[1,2,3]", 100));
  EXPECT_FALSE(shorten_json("\"" + x(1000) + "\"", 100));
  Json wide;
  for (int i = 0; i < 1000; ++i) wide["member " + std::to_string(i)] = i;
  EXPECT_FALSE(shorten_json(wide.dump(), 1000));
}

TEST(ShortenJson, ALineStaysOne) {
  const auto made = shorten_json(Json{{"a", x(20'000)}}.dump() + "\n", 17'000);
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->ends_with("}\n"));
}

// Whatever is in it: it is JSON afterwards, and as small as was asked for.
TEST(ShortenJson, RandomDocuments) {
  std::mt19937 random(1);
  const auto make = [&random](auto&& self, int depth) -> Json {
    const auto kind = random() % (depth > 3 ? 2 : 4);
    if (kind == 0) return random();
    if (kind == 1) return x(random() % 40'000);
    Json value = kind == 2 ? Json::array() : Json::object();
    for (auto i = random() % 8; i != 0; --i) {
      if (kind == 2) value.push_back(self(self, depth + 1));
      if (kind == 3) value["m" + std::to_string(i) + (i % 3 == 0 ? "_base64" : "")] = self(self, depth + 1);
    }
    return value;
  };
  for (int round = 0; round < 200; ++round) {
    const std::string text = Json{{"root", make(make, 0)}}.dump();
    const std::size_t most = 10'000 + random() % 100'000;
    const auto made = shorten_json(text, most);
    if (!made) continue;
    EXPECT_LE(made->size(), most);
    EXPECT_TRUE(Json::parse(*made, nullptr, false).is_object());
  }
}

}  // namespace
}  // namespace picket
