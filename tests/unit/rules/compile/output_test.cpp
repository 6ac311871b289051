// SPDX-License-Identifier: Apache-2.0
//
// Output templates and their pieces: fields in angle brackets, literals as they are.
#include "rules/compile/output.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

namespace picket {
namespace {

policy::Text text_of(std::string_view value) {
  policy::Text text;
  text.value = value;
  text.file = std::make_shared<const policy::SourceFile>("t", text.value);
  for (std::uint32_t place = 0; place < value.size(); ++place) text.places.push_back(place);
  return text;
}

TEST(Output, PiecesOfGoodTemplates) {
  const struct {
    std::string_view text, pieces;
  } rows[] = {
      {"", ""},
      {"plain", "plain"},
      {"%proc.name", "<proc.name>"},
      {"a (cmd=%proc.cmdline pid=%proc.pid)", "a (cmd=<proc.cmdline> pid=<proc.pid>)"},
      {"*%proc.name%proc.pid", "<proc.name><proc.pid>"},
      {"**x", "*x"},
      {"%proc.name.", "<proc.name>."},
      {"%proc.name,%proc.pid:", "<proc.name>,<proc.pid>:"},
      {"%evt.time.iso8601", "<evt.time.iso8601>"},
      {"%proc.aname[2]/%proc.aname", "<proc.aname[2]:2>/<proc.aname>"},
      {"%10proc.name|", "<proc.name in 10>|"},
      {"%toupper(proc.name)!", "<toupper(proc.name) computed>!"},
      {"%5len(proc.name) x", "<len(proc.name) in 5 computed> x"},
      {"(%concat(proc.name, \"-\", proc.exe))", "(<concat(proc.name, \"-\", proc.exe) computed>)"},
      {"%toupper(proc.aname[2]) %proc.name", "<toupper(proc.aname[2]) computed> <proc.name>"},
      {"%proc.name[%proc.pid]", "<proc.name>[<proc.pid>]"},
  };
  for (const auto& [text, expected] : rows) {
    std::vector<Diagnostic> diagnostics;
    const policy::Text source = text_of(text);
    Report report(source, diagnostics);
    std::string pieces;
    for (const OutputPiece& piece : parse_output(report).pieces) {
      if (piece.literal()) {
        pieces += piece.text;
        continue;
      }
      pieces += "<" + piece.text + (piece.index < 0 ? "" : ":" + std::to_string(piece.index)) +
                (piece.width == 0 ? "" : " in " + std::to_string(piece.width)) + (piece.computed ? " computed" : "") +
                ">";
    }
    EXPECT_EQ(pieces, expected);
    EXPECT_TRUE(diagnostics.empty()) << text << ": " << render(diagnostics.front());
  }
}

TEST(Output, FindingsAboutBadTemplates) {
  const struct {
    std::string_view text, marked, message, hint;
    Severity severity = Severity::Error;
  } rows[] = {
      {"100%", "%", "after '%' there must be the name of a field", "a percent sign cannot be printed"},
      {"50% off", "%", "after '%' there must be the name of a field", "a percent sign cannot be printed"},
      {"a %proc.nmae.", "%proc.nmae", "unknown field 'proc.nmae'", "did you mean 'proc.name'?"},
      {"a %evt.buffer.", "%evt.buffer",
       "field 'evt.buffer' is not known here: what is read and written is not copied out of the kernel",
       "use evt.buflen for its size, dns.question for DNS"},
      {"%nothing", "%nothing", "unknown field 'nothing'", ""},
      {"%10", "%10", "after '%' there must be the name of a field", "a percent sign cannot be printed"},
      {"%2000proc.name", "2000", "the width is more than 1,024", ""},
      {"%toupper(proc.nmae) x", "proc.nmae", "unknown field 'proc.nmae'", "did you mean 'proc.name'?"},
      {"%toupper(proc.pid)", "proc.pid", "function 'toupper' needs a text; 'proc.pid' is of type 'unsigned number'",
       ""},
      {"%toupper(proc.name x", "x", "expected ',' or ')', found 'x'", ""},
      {"%tolwer(proc.name)", "%tolwer", "unknown field 'tolwer'", ""},
      {"%proc.aname[x] b", "proc.aname[x]", "'x' is not a number", ""},
      {"%proc.aname[2", "[", "this '[' is not closed", ""},
      {"%proc.exepaht", "%proc.exepaht", "field 'proc.exe' is followed by the text 'paht' without a blank",
       "did you mean 'proc.exepath'?", Severity::Warning},
  };
  for (const auto& [text, marked, message, hint, severity] : rows) {
    std::vector<Diagnostic> diagnostics;
    const policy::Text source = text_of(text);
    Report report(source, diagnostics);
    parse_output(report);
    ASSERT_EQ(diagnostics.size(), 1u) << text;
    EXPECT_EQ(diagnostics[0].severity, severity);
    EXPECT_EQ(diagnostics[0].message, message);
    EXPECT_EQ(diagnostics[0].hint, hint);
    EXPECT_EQ(text.substr(diagnostics[0].where.column - 1, diagnostics[0].where.length), marked);
    EXPECT_EQ(report.failed(), severity == Severity::Error);
  }
}

TEST(Output, EveryErrorOfATemplateIsReported) {
  std::vector<Diagnostic> diagnostics;
  const policy::Text source = text_of("%a.b %proc.name % %c.d");
  Report report(source, diagnostics);
  parse_output(report);
  EXPECT_EQ(diagnostics.size(), 3u);
}

}  // namespace
}  // namespace picket
