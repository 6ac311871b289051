// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/text.h"

#include <gtest/gtest.h>

#include <ctime>

namespace picket {
namespace {

TEST(Text, FirstCharacter) {
  struct Row {
    std::string_view text;
    std::uint32_t code;
    std::size_t size;
    bool valid;
  };
  const Row rows[] = {
      {"a", 'a', 1, true},
      {std::string_view("\0", 1), 0, 1, true},
      {"\x7f", 0x7f, 1, true},
      {"\xc2\x80", 0x80, 2, true},
      {"\xc3\xa9t", 0xe9, 2, true},
      {"\xe0\xa0\x80", 0x800, 3, true},
      {"\xef\xbf\xbf", 0xffff, 3, true},
      {"\xf0\x90\x80\x80", 0x10000, 4, true},
      {"\xf4\x8f\xbf\xbf", 0x10ffff, 4, true},
      {"\x80", 0x80, 1, false},              // a continuation without a beginning
      {"\xc3", 0xc3, 1, false},              // cut short
      {"\xe2\x82", 0xe2, 1, false},          //
      {"\xc3(", 0xc3, 1, false},             // not continued
      {"\xc0\xaf", 0xc0, 1, false},          // overlong "/"
      {"\xc1\xbf", 0xc1, 1, false},          //
      {"\xe0\x80\xaf", 0xe0, 1, false},      //
      {"\xf0\x80\x80\xaf", 0xf0, 1, false},  //
      {"\xed\xa0\x80", 0xed, 1, false},      // a surrogate
      {"\xf4\x90\x80\x80", 0xf4, 1, false},  // above U+10FFFF
      {"\xf8\x88\x80\x80\x80", 0xf8, 1, false},
      {"\xff", 0xff, 1, false},
  };
  for (const Row& row : rows) {
    const Character character = first_character(row.text);
    EXPECT_EQ(character.code, row.code) << row.code;
    EXPECT_EQ(character.size, row.size) << row.code;
    EXPECT_EQ(character.valid, row.valid) << row.code;
    EXPECT_EQ(is_utf8("x" + std::string(row.text.substr(0, row.size))), row.valid) << row.code;
  }
  EXPECT_TRUE(is_utf8(""));
}

TEST(Text, Time) {
  struct Row {
    std::uint64_t time;
    std::string date, clock;
  };
  const Row rows[] = {
      {0, "1970-01-01T00:00:00.000000000Z", "00:00:00.000Z"},
      {951'782'399'999'999'999, "2000-02-28T23:59:59.999999999Z", "23:59:59.999Z"},
      {951'782'400'000'000'001, "2000-02-29T00:00:00.000000001Z", "00:00:00.000Z"},
      {1'786'111'402'123'456'789, "2026-08-07T14:03:22.123456789Z", "14:03:22.123Z"},
      {4'107'542'400'000'000'000, "2100-03-01T00:00:00.000000000Z", "00:00:00.000Z"},
      {UINT64_MAX, "2554-07-21T23:34:33.709551615Z", "23:34:33.709Z"},
  };
  for (const Row& row : rows) {
    std::string date, clock;
    append_rfc3339(date, row.time);
    append_time_of_day(clock, row.time);
    EXPECT_EQ(date, row.date);
    EXPECT_EQ(clock, row.clock);

    const auto seconds = static_cast<std::time_t>(row.time / 1'000'000'000);
    std::tm parts{};
    char expected[32];
    std::strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &parts));
    EXPECT_EQ(date.substr(0, 19), expected);
  }
}

}  // namespace
}  // namespace picket
