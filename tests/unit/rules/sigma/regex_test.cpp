// SPDX-License-Identifier: Apache-2.0
//
// PCRE to POSIX syntax: as text, and as what the result matches.
#include "rules/sigma/regex.h"

#include <gtest/gtest.h>

#include "rules/language/regex.h"

namespace picket::sigma {
namespace {

std::string translated(std::string_view pcre, RegexOptions options = {}) {
  const auto text = translate_regex(pcre, options);
  return text ? *text : "error: " + text.error().message;
}

constexpr RegexOptions kAnyCase{true, false, false};
constexpr RegexOptions kByLine{false, true, false};
constexpr RegexOptions kDotAll{false, false, true};

TEST(SigmaRegex, Texts) {
  const struct {
    const char* pcre;
    const char* expected;
    RegexOptions options{};
  } rows[] = {
      {"ab", "(.|\\n)*ab(.|\\n)*"},
      {"", "(.|\\n)*"},
      {"^ab$", "ab\\n?"},
      {"^$", "\\n?"},
      {"$", "(.|\\n)*"},
      {"^a|b$", "(a(.|\\n)*|(.|\\n)*b\\n?)"},
      {"(^|;)a", "(|(.|\\n)*;)a(.|\\n)*"},
      {"a(;|$)", "(.|\\n)*a(;(.|\\n)*|\\n?)"},
      {"\\Aa\\Z", "a\\n?"},
      {"^a", "^a", kByLine},
      {"^\\d{3,5}$", "[0-9]{3,5}\\n?"},
      {"^\\w+?$", "[0-9A-Za-z_]+\\n?"},
      {"^[\\s\\d.]$", "[\\t\\n\\v\\f\\r 0-9\\.]\\n?"},
      {"^[^a-c]$", "[^a-c]\\n?"},
      {"^(?:a|b)*$", "(a|b)*\\n?"},
      {"^(?i)aB1$", "[aA][Bb]1\\n?"},
      {"^(?i:a)b$", "([aA])b\\n?"},
      {"^a(?-i)b$", "[aA]b\\n?", kAnyCase},
      {"^[a-f0]$", "[a-fA-F0]\\n?", kAnyCase},
      {"^[[:upper:]]$", "[[:alpha:]]\\n?", kAnyCase},
      {"^.$", "(.|\\n)\\n?", kDotAll},
      {"^a{b$", "a\\{b\\n?"},
      {"^\\x41\\/\\.$", "\\x{41}/\\.\\n?"},
      {"^[]a-]$", "[\\]a\\-]\\n?"},
  };
  for (const auto& row : rows) {
    const std::string expected = row.options.by_line ? "(.|\\n)*^a(.|\\n)*" : row.expected;
    EXPECT_EQ(translated(row.pcre, row.options), expected) << row.pcre;
  }
}

TEST(SigmaRegex, Refusals) {
  const struct {
    const char* pcre;
    const char* why;
    RegexOptions options{};
  } rows[] = {
      {"(?=a)", "'(?=' has no counterpart (look-around, names, atomic groups)"},
      {"(?<n>a)", "'(?<' has no counterpart (look-around, names, atomic groups)"},
      {"(a)\\1", "'\\1' has no counterpart"},
      {"\\ba", "'\\b' has no counterpart"},
      {"\\p{L}", "'\\p' has no counterpart"},
      {"a^b", "'^' or '$' stands inside the expression, not at its front or end"},
      {"(^a)+", "'^' or '$' stands inside the expression, not at its front or end"},
      {"a++", "a quantifier behind a quantifier"},
      {"a{2}{3}", "a quantifier behind a quantifier"},
      {"*a", "a quantifier without anything before it"},
      {"(a", "a '(' without its ')'"},
      {"a)", "a ')' without its '('"},
      {"[a", "brackets that are not closed"},
      {"a\\", "a backslash at its end"},
      {"a{1001}", "RE2 does not take it: invalid repetition size: {1001}"},
      {"\xc3\xa4", "letters beyond ASCII without regard to case", kAnyCase},
      {"[\\x41-z]", "a letter as a number without regard to case", kAnyCase},
  };
  for (const auto& row : rows)
    EXPECT_EQ(translated(row.pcre, row.options), std::string("error: ") + row.why) << row.pcre;
  EXPECT_EQ(translated(std::string(200, '(')), "error: it is nested too deeply");
}

TEST(SigmaRegex, Meaning) {
  const struct {
    const char* pcre;
    const char* text;
    bool matches;
    RegexOptions options{};
  } rows[] = {
      {"(^|\\/)\\.[^.\\/]", "/home/u/.x", true},
      {"(^|\\/)\\.[^.\\/]", ".x", true},
      {"(^|\\/)\\.[^.\\/]", "a.x", false},
      {"(^|\\/)\\.[^.\\/]", "../x", false},
      {"\\s-[FTd]\\s", "ssh -F x", true},
      {"\\s-[FTd]\\s", "ssh -f x", false},
      {"\\s-[FTd]\\s", "ssh -f x", true, kAnyCase},
      {"(.){10,}", "123456789", false},
      {"(.){10,}", "1234567890", true},
      {"^a$", "a\n", true},
      {"^a$", "a\nb", false},
      {"^b$", "a\nb", true, kByLine},
      {"^[^\\s]+$", "a b", false},
      {"^[\\S]+$", "ab\xc3\xa4", true},
      {"^\\D$", "\xc3\xa4", true},
      {"a.b", "a\nb", false},
      {"a.b", "a\nb", true, kDotAll},
      {"^[^A-Z]+$", "abc", false, kAnyCase},
      {"(?i)python[23]?", "run PYTHON3", true},
  };
  Scratch scratch;
  for (const auto& row : rows) {
    const auto regex = language::Regex::compile(translated(row.pcre, row.options));
    ASSERT_TRUE(regex) << row.pcre;
    EXPECT_EQ((*regex)->matches(row.text, scratch), row.matches) << row.pcre << " on " << row.text;
  }
}

}  // namespace
}  // namespace picket::sigma
