// SPDX-License-Identifier: Apache-2.0
#include "rules/language/regex.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace picket::language {
namespace {

std::string required(const std::string& pattern) {
  std::string text;
  auto texts = (*Regex::compile(pattern))->required(3);
  std::sort(texts.begin(), texts.end());
  for (const std::string& each : texts) text += (text.empty() ? "" : "; ") + each;
  return text;
}

TEST(Regex, RequiredTexts) {
  const struct {
    std::string pattern, texts;
  } rows[] = {
      {".*base64.*", "base64"},
      {".*Base64.*", "base64"},
      {".*(curl|wget) .*", "curl ; wget "},
      {".*(curl|wget|nc) .*", "curl ; nc ; wget "},
      {".*(curl|nc).*", ""},  // too short to go by
      {".*(curl|.*).*", ""},
      {"[a-z]+", ""},
      {"", ""},
      {"/etc/(passwd|shadow)", "/etc/passwd; /etc/shadow"},
      {".*bash.*-i.*", "bash"},
      {"(abcd)?efgh", "efgh"},
      {"(abcd)*", ""},
      // not plain ASCII
      {".*caf\xc3\xa9.*", ""},
      {".*\\x41bcd.*", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(row.texts, required(row.pattern)) << row.pattern;
}

TEST(RegexSet, FindsWhichMatch) {
  RegexSet set;
  for (const char* pattern : {"[a-c]+", ".*x", "b.*"}) set.add(**Regex::compile(pattern));
  set.compile();
  Scratch scratch;
  std::vector<int> found;
  const auto matching = [&](std::string_view text) {
    EXPECT_TRUE(set.match(text, scratch, found));
    std::sort(found.begin(), found.end());
    return found;
  };
  EXPECT_EQ((std::vector<int>{0, 2}), matching("bc"));
  EXPECT_EQ((std::vector<int>{1, 2}), matching("b x"));
  EXPECT_EQ((std::vector<int>{1}), matching("\xff x"));
  EXPECT_EQ((std::vector<int>{}), matching("abcd"));
}

}  // namespace
}  // namespace picket::language
