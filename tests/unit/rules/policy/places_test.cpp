// SPDX-License-Identifier: Apache-2.0
//
// Every byte of a text knows where in the file it stands, however YAML wrote it.
#include <gmock/gmock.h>

#include "rules/policy/documents.h"

namespace picket::policy {
namespace {

Text condition_of(const std::string& scalar) {
  Documents documents;
  load_text("x.yaml", "- macro: größe  # ü\n  condition: " + scalar + "\n", documents);
  return documents.macros.empty() ? Text{} : documents.macros[0].condition;
}

struct Row {
  const char* name;
  std::string scalar;
  std::string value;
  std::string seen;  // the file's byte at each place of `value`
};

// Blanks that YAML made of line ends are seen as the line end, and what an escape made as its backslash.
const Row kRows[] = {
    {"plain", "a = b", "a = b", "a = b"},
    {"plain, folded", "a\n    and b\n    or c", "a and b or c", "a\nand b\nor c"},
    {"plain, empty line", "a\n\n    b", "a\nb", "a\nb"},
    {"plain, trailing blanks", "a  \n    b", "a b", "a b"},
    {"plain, carriage return", "a\r\n    b", "a b", "a\rb"},
    {"plain, not ASCII", "n = \u00e4\u20ac", "n = \u00e4\u20ac", "n = \u00e4\u20ac"},
    {"single quotes", "'a ''b'' c'", "a 'b' c", "a 'b' c"},
    {"single quotes, folded", "'a\n    b'", "a b", "a\nb"},
    {"double quotes", "\"a = b\"", "a = b", "a = b"},
    {"double quotes, folded", "\"a\n    b\n\n    c\"", "a b\nc", "a\nb\nc"},
    {"escapes", R"("a \"b\\\tc")", "a \"b\\\tc", R"(a \b\\c)"},
    {"numeric escapes", R"("\x41\u00e4b\U0001f600c")", "A\u00e4b\U0001f600c", R"(\\\b\\\\c)"},
    {"escaped line end", "\"a\\\n    b\\\n    \\ c\"", "ab c", "ab\\c"},
    {"literal", "|\n    a = b and\n      c = d", "a = b and\n  c = d", "a = b and\n  c = d"},
    {"literal, comment and indicators", "|-2  # '\"\n    a\n    b", "a\nb", "a\nb"},
    {"folded", ">\n    a and\n    b\n\n    c", "a and b\nc", "a and\nb\nc"},
    {"folded, deeper lines", ">\n    a\n      b\n    c", "a\n  b\nc", "a\n  b\nc"},
    {"anchor and tag", "&x !!str  a b", "a b", "a b"},
    {"anchor on its own line", "&x # c\n    a b", "a b", "a b"},
};

TEST(Places, PointAtTheBytesInTheFile) {
  for (const Row& row : kRows) {
    const Text text = condition_of(row.scalar);
    EXPECT_EQ(text.value, row.value) << row.name;
    ASSERT_EQ(text.places.size(), text.value.size()) << row.name;
    std::string seen;
    for (std::uint32_t place : text.places) seen += text.file->text.at(place);
    EXPECT_EQ(seen, row.seen) << row.name;
  }
}

TEST(Places, DiagnosticEndsWithItsLine) {
  const Text text = condition_of(">\n    proc.nmae = bash\n    and x");
  const Diagnostic word = diagnose(Severity::Error, Finding::Shape, text, 0, 9, "unknown field");
  EXPECT_EQ(render(word),
            "x.yaml:3:5: error: unknown field\n"
            "    3 |     proc.nmae = bash\n"
            "      |     ^~~~~~~~~\n");
  const Diagnostic all = diagnose(Severity::Error, Finding::Shape, text, "all of it");
  EXPECT_EQ(all.where.line, 3u);
  EXPECT_EQ(all.where.length, std::string("proc.nmae = bash").size());
  const Diagnostic second = diagnose(Severity::Error, Finding::Shape, text, text.value.find("and"), 3, "here");
  EXPECT_EQ(second.where.line, 4u);
  EXPECT_EQ(second.where.column, 5u);
  const Diagnostic end = diagnose(Severity::Error, Finding::Shape, text, text.value.size(), 0, "ends here");
  EXPECT_EQ(end.where.line, 4u);
  EXPECT_EQ(end.where.column, 10u);
  EXPECT_EQ(end.where.length, 0u);
}

TEST(Places, LongLinesAreNotCopiedIntoDiagnostics) {
  const Text text = condition_of("x = " + std::string(5000, 'y'));
  const Diagnostic diagnostic = diagnose(Severity::Error, Finding::Shape, text, "no");
  EXPECT_EQ(diagnostic.source_line, "");
  EXPECT_EQ(diagnostic.where.line, 2u);
}

// yaml-cpp does not take it for a line end.
TEST(Places, BehindALoneCarriageReturnQuotesAreText) {
  Documents documents;
  load_text("r.yaml", "- {list: a, items: [x,\r 'y z']}\n", documents);
  ASSERT_EQ(1u, documents.lists.size());
  const Text& text = documents.lists[0].items[1];
  EXPECT_EQ("\r 'y z'", text.value);
  EXPECT_EQ((std::vector<std::uint32_t>{24, 24, 24, 25, 26, 27, 28}), text.places);
}

}  // namespace
}  // namespace picket::policy
