// SPDX-License-Identifier: Apache-2.0
#include "rules/event/value.h"

#include <gtest/gtest.h>

#include <cstring>

namespace picket {
namespace {

std::string text(const Value& value) {
  std::string out = ">";  // append_text appends
  append_text(out, value);
  return out.substr(1);
}

TEST(Value, IsShownAsRuleOutputsShowIt) {
  const Address v4{4, {10, 0, 0, 255}};
  const Address v6{6, {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
  const struct {
    Value value;
    const char* expected;
  } rows[] = {
      {{}, "<NA>"},
      {std::string_view("a b"), "a b"},
      {std::string_view(""), ""},
      {std::int64_t{INT64_MIN}, "-9223372036854775808"},
      {std::uint64_t{UINT64_MAX}, "18446744073709551615"},
      {true, "true"},
      {false, "false"},
      {v4, "10.0.0.255"},
      {v6, "2001:db8::1"},
  };
  for (const auto& row : rows) EXPECT_EQ(text(row.value), row.expected);
}

TEST(Scratch, EarlierRoomsStayWhereTheyAre) {
  Scratch scratch;
  std::vector<std::string_view> kept;
  for (std::size_t size = 1; size < 300'000; size = size * 3 + 1) kept.push_back(scratch.keep(std::string(size, 'x')));
  for (int i = 0; i < 5000; ++i) kept.push_back(scratch.keep("0123456789abcdef0123456789abcdef"));
  for (std::string_view text : kept) EXPECT_EQ(text.find_first_not_of("x0123456789abcdef"), text.npos);
  EXPECT_EQ(kept.back(), "0123456789abcdef0123456789abcdef");
}

TEST(Scratch, MemoryIsUsedAgain) {
  Scratch scratch;
  const char* first = scratch.room(1000);
  scratch.room(64 * 1024);
  scratch.room(1'000'000);
  scratch.clear();
  EXPECT_EQ(scratch.room(1000), first);
}

TEST(Scratch, KeepsNothingAsNothing) {
  Scratch scratch;
  EXPECT_TRUE(scratch.keep("").empty());
}

}  // namespace
}  // namespace picket
