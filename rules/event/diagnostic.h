// SPDX-License-Identifier: Apache-2.0
//
// Diagnostic: one finding about a rule file or a configuration, with the place and the offending text.
//
//   rules/site.yaml:12:36: error: unknown field 'proc.nmae'
//      12 |   condition: evt.type = execve and proc.nmae = bash
//         |                                    ^~~~~~~~~
//   hint: did you mean 'proc.name'?
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace picket {

// A stretch of one file. Lines and columns count from 1; columns count bytes. length may be 0 (only the place is
// known).
struct Location {
  std::string file;
  std::size_t line = 0;  // 0: the file as a whole
  std::size_t column = 0;
  std::size_t length = 0;
  std::size_t offset = 0;  // bytes before it in the file
};

enum class Severity { Error, Warning };

enum class Finding {
#define FINDING(id, code, description) id,
#include "rules/event/findings.def"
#undef FINDING
};

std::string_view finding_code(Finding finding);  // "LOAD_ERR_VALIDATE"
std::string_view finding_description(Finding finding);

struct Diagnostic {
  Severity severity = Severity::Error;
  Location where;
  std::string source_line;  // the text of that line, without its end; may be empty
  std::string message;
  std::string hint;  // may be empty
  Finding finding = Finding::Shape;
};

// The printed form shown above, ending in a newline. Control bytes in the source line are shown as spaces.
std::string render(const Diagnostic& diagnostic);

// Its middle: the line of the file and the marks below it; empty when the line is not known.
std::string snippet(const Diagnostic& diagnostic);

// True when any of them is an error.
bool has_errors(const std::vector<Diagnostic>& diagnostics);

// The candidate nearest to `name` by edit distance, or "" when none is near enough to be a likely slip of the pen.
std::string_view nearest(std::string_view name, const std::vector<std::string_view>& candidates);

// "did you mean 'x'?", or "" when no candidate is near: a hint.
std::string suggestion(std::string_view name, const std::vector<std::string_view>& candidates);

}  // namespace picket
