// SPDX-License-Identifier: Apache-2.0
#include "exporters/sink/settings.h"

#include <gtest/gtest.h>

#include "exporters/sink/sink_types.h"

namespace picket {
namespace {

TEST(SinkSettings, FindsByKey) {
  SinkSettings settings;
  settings.add("path", "/a");
  settings.add("properties.linger.ms", "5");
  EXPECT_EQ(settings.get("path"), "/a");
  EXPECT_EQ(settings.get("mode", "0600"), "0600");
  EXPECT_EQ(settings.get("mode"), "");
  EXPECT_TRUE(settings.has("properties.linger.ms"));
  EXPECT_FALSE(settings.has("properties"));
  EXPECT_EQ(settings.values().size(), 2u);
}

TEST(SinkSettings, Sizes) {
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("65536"), 65536u);
  EXPECT_EQ(parse_size("64K"), 65536u);
  EXPECT_EQ(parse_size("100M"), 100u << 20);
  EXPECT_EQ(parse_size("2G"), 2ull << 30);
  for (const char* text : {"", "K", "1k", "1.5M", "-1", "1 M", "1MB", "99999999G", "99999999999999999999"}) {
    EXPECT_FALSE(parse_size(text)) << text;
    EXPECT_FALSE(check_size(text)) << text;
  }
}

TEST(SinkSettings, Times) {
  EXPECT_EQ(parse_milliseconds("500ms"), 500u);
  EXPECT_EQ(parse_milliseconds("30s"), 30'000u);
  EXPECT_EQ(parse_milliseconds("10m"), 600'000u);
  EXPECT_EQ(parse_milliseconds("24h"), 86'400'000u);
  EXPECT_EQ(parse_milliseconds("7d"), 604'800'000u);
  for (const char* text : {"", "5", "5 s", "1w", "s", "-1s", "99999999999999d"}) {
    EXPECT_FALSE(parse_milliseconds(text)) << text;
    EXPECT_FALSE(check_milliseconds(text)) << text;
  }
}

TEST(SinkSettings, FileModes) {
  EXPECT_EQ(parse_file_mode("640"), 0640u);
  EXPECT_EQ(parse_file_mode("0600"), 0600u);
  EXPECT_EQ(parse_file_mode("000"), 0u);
  for (const char* text : {"", "64", "1640", "4755", "0o600", "680", "rw-r-----"}) {
    EXPECT_FALSE(parse_file_mode(text)) << text;
    EXPECT_FALSE(check_file_mode(text)) << text;
  }
}

TEST(SinkSettings, Checks) {
  EXPECT_TRUE(check_path("/a"));
  EXPECT_EQ(check_path("a").error().message, "expected an absolute path, got 'a'");
  EXPECT_FALSE(check_path(std::string_view("/a\0b", 4)));
  EXPECT_TRUE(check_bool("true"));
  EXPECT_FALSE(check_bool("yes"));
  EXPECT_EQ(parse_count("7", 7), 7u);
  EXPECT_FALSE(parse_count("8", 7));
  EXPECT_FALSE(parse_count("", 7));
}

// A key may stand for all that are below it.
TEST(SinkTypes, KeysBelowAnother) {
  static constexpr SinkOption kOptions[] = {{"topic", "NAME", "doc"}, {"properties.*", "VALUE", "doc"}};
  const SinkType type{"made", "doc", kOptions, 0, false, nullptr};
  EXPECT_EQ(find_option(type, "topic"), &kOptions[0]);
  EXPECT_EQ(find_option(type, "topics"), nullptr);
  EXPECT_EQ(find_option(type, "properties.linger.ms"), &kOptions[1]);
  EXPECT_EQ(find_option(type, "properties"), nullptr);
  EXPECT_EQ(find_option(type, "properties."), nullptr);
}

}  // namespace
}  // namespace picket
