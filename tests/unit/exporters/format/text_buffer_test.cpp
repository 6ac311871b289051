// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/text_buffer.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace picket {
namespace {

TEST(TextBuffer, IsTheTextThatWasAppended) {
  std::mt19937 random(1);
  TextBuffer buffer;
  std::string text;
  EXPECT_EQ(buffer.view(), text);
  for (int round = 0; round < 2000; ++round) {
    if (random() % 100 == 0) {
      buffer.clear();
      text.clear();
    }
    const std::string more(random() % 3000, static_cast<char>('a' + random() % 26));
    buffer.append(more);
    text += more;
    ASSERT_EQ(buffer.view(), text);
    ASSERT_EQ(buffer.empty(), text.empty());
  }
}

// What was written behind the text, but not taken to it, moves as well when its writer says so.
TEST(TextBuffer, GrowsUnderAWriter) {
  TextBuffer buffer;
  buffer.append("ab");
  char* at = buffer.grow(2, 2) + 2;
  at[0] = 'c';
  at[1] = 'd';
  at = buffer.grow(4, 2 * buffer.capacity());
  EXPECT_EQ(std::string_view(at, 4), "abcd");
  EXPECT_EQ(buffer.view(), "ab");
  buffer.set_size(4);
  EXPECT_EQ(buffer.view(), "abcd");
}

}  // namespace
}  // namespace picket
