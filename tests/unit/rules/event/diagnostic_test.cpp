// SPDX-License-Identifier: Apache-2.0
#include "rules/event/diagnostic.h"

#include <gtest/gtest.h>

namespace picket {
namespace {

TEST(Diagnostic, IsPrintedWithItsPlace) {
  const struct {
    const char* name;
    Diagnostic diagnostic;
    const char* expected;
  } rows[] = {
      {"whole",
       {Severity::Error,
        {"rules/site.yaml", 12, 36, 9},
        "  condition: evt.type = execve and proc.nmae = bash",
        "unknown field 'proc.nmae'",
        "did you mean 'proc.name'?"},
       "rules/site.yaml:12:36: error: unknown field 'proc.nmae'\n"
       "   12 |   condition: evt.type = execve and proc.nmae = bash\n"
       "      |                                    ^~~~~~~~~\n"
       "hint: did you mean 'proc.name'?\n"},
      {"file only", {Severity::Warning, {"a.yaml"}, "", "empty", ""}, "a.yaml: warning: empty\n"},
      {"place only", {Severity::Error, {"a.yaml", 3, 4, 0}, "", "bad", ""}, "a.yaml:3:4: error: bad\n"},
      {"tabs",
       {Severity::Error, {"a", 1, 4, 1}, "\tx\ty", "bad", ""},
       "a:1:4: error: bad\n    1 | \tx\ty\n      | \t \t^\n"},
      {"characters of several bytes",
       {Severity::Error, {"a", 1, 4, 3}, "\u00e4 \u00f6b", "bad", ""},
       "a:1:4: error: bad\n    1 | \u00e4 \u00f6b\n      |   ^~\n"},
      {"control bytes",
       {Severity::Error, {"a\n", 1, 3, 1}, "\x1b[x\xc2\x9b", "b\x1b\xc2\x9b", "c\x7f"},
       "a :1:3: error: b  \n    1 |  [x \n      |   ^\nhint: c \n"},
      {"beyond the line",
       {Severity::Error, {"a", 1, 99, 9}, "xy", "bad", ""},
       "a:1:99: error: bad\n    1 | xy\n      |   ^\n"},
      {"long number",
       {Severity::Error, {"a", 1234567, 1, 1}, "xy", "bad", ""},
       "a:1234567:1: error: bad\n1234567 | xy\n        | ^\n"},
  };
  for (const auto& row : rows) EXPECT_EQ(render(row.diagnostic), row.expected) << row.name;
}

TEST(Diagnostic, WarningsAreNoErrors) {
  EXPECT_FALSE(has_errors({}));
  EXPECT_FALSE(has_errors({{Severity::Warning, {}, "", "", ""}}));
  EXPECT_TRUE(has_errors({{Severity::Warning, {}, "", "", ""}, {Severity::Error, {}, "", "", ""}}));
}

TEST(Nearest, FindsSlipsOfThePen) {
  const std::vector<std::string_view> names = {"proc.name", "proc.pname", "fd.name", "evt.type", "in"};
  const struct {
    std::string_view name, expected;
  } rows[] = {
      {"proc.nmae", "proc.name"},   // a swap is one step
      {"procname", "proc.name"},    // a letter left out
      {"proc.names", "proc.name"},  // one too many
      {"evt.typ", "evt.type"},
      {"completely.else", ""},
      {"xx", ""},  // too short to guess
      {"", ""},
      {std::string_view("proc.name"), "proc.name"},
  };
  for (const auto& row : rows) EXPECT_EQ(nearest(row.name, names), row.expected) << row.name;
  EXPECT_EQ(nearest(std::string(100'000, 'x'), names), "");
  EXPECT_EQ(nearest("x", {}), "");
}

}  // namespace
}  // namespace picket
