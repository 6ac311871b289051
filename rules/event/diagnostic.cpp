// SPDX-License-Identifier: Apache-2.0
//
// Diagnostics as text, and the guess at what was meant.
#include "rules/event/diagnostic.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "rules/event/text.h"

namespace picket {
namespace {

bool is_control(char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f; }

// UTF-8: bytes after the first of a character take no column on the screen.
bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

// Text of a rule file must not steer the terminal: control bytes, and the C1 controls (C2 80 .. C2 9F), become blanks.
void append_plain(std::string& out, std::string_view text, bool keep_tabs) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool c1 = text[i] == '\xc2' && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c1) ++i;
    const bool tab = keep_tabs && text[i] == '\t';
    out += c1 || (is_control(text[i]) && !tab) ? ' ' : text[i];
  }
}

void append_place(std::string& out, const Location& where) {
  append_plain(out, where.file, false);
  if (where.line > 0) out += ":" + std::to_string(where.line);
  if (where.line > 0 && where.column > 0) out += ":" + std::to_string(where.column);
}

// The blanks under source[0, end), so that what follows stands under source[end].
void append_blanks_under(std::string& out, std::string_view source, std::size_t end) {
  for (char byte : source.substr(0, end)) {
    if (!is_continuation(byte)) out += byte == '\t' ? '\t' : ' ';
  }
}

void append_source(std::string& out, const Diagnostic& diagnostic) {
  const std::string_view source = diagnostic.source_line;
  const std::string number = std::to_string(diagnostic.where.line);
  const std::string margin(std::max<std::size_t>(number.size(), 5), ' ');
  out.append(margin, number.size());
  out += number + " | ";
  append_plain(out, source, true);
  out += '\n';
  if (diagnostic.where.column == 0) return;

  const std::size_t begin = std::min(diagnostic.where.column - 1, source.size());
  const std::string_view marked = source.substr(begin, diagnostic.where.length);
  const auto wide = std::count_if(marked.begin(), marked.end(), [](char byte) { return !is_continuation(byte); });
  out += margin + " | ";
  append_blanks_under(out, source, begin);
  out += '^';
  out.append(static_cast<std::size_t>(std::max<std::ptrdiff_t>(wide - 1, 0)), '~');
  out += '\n';
}

// Names are short; longer ones are no slip of the pen.
constexpr std::size_t kLongestName = 64;

// The least number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`
// (optimal string alignment). Three rows of the usual table are enough.
std::size_t distance(std::string_view a, std::string_view b) {
  std::array<std::array<std::size_t, kLongestName + 1>, 3> rows{};
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    const auto& above_that = rows[(i + 1) % 3];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], above_that[j - 2] + 1);
    }
  }
  return rows[a.size() % 3][b.size()];
}

struct FindingRow {
  std::string_view code, description;
};

constexpr FindingRow kFindings[] = {
#define FINDING(id, code, description) {code, description},
#include "rules/event/findings.def"
#undef FINDING
};

}  // namespace

std::string_view finding_code(Finding finding) { return kFindings[static_cast<std::size_t>(finding)].code; }
std::string_view finding_description(Finding finding) {
  return kFindings[static_cast<std::size_t>(finding)].description;
}

std::string snippet(const Diagnostic& diagnostic) {
  std::string text;
  if (!diagnostic.source_line.empty()) append_source(text, diagnostic);
  return text;
}

std::string render(const Diagnostic& diagnostic) {
  std::string out;
  append_place(out, diagnostic.where);
  out += diagnostic.severity == Severity::Error ? ": error: " : ": warning: ";
  append_plain(out, diagnostic.message, false);
  out += '\n';
  if (diagnostic.where.line > 0 && !diagnostic.source_line.empty()) append_source(out, diagnostic);
  if (!diagnostic.hint.empty()) {
    out += "hint: ";
    append_plain(out, diagnostic.hint, false);
    out += '\n';
  }
  return out;
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& diagnostic) { return diagnostic.severity == Severity::Error; });
}

// Near enough: a third of the letters may differ, three at most.
std::string_view nearest(std::string_view name, const std::vector<std::string_view>& candidates) {
  if (name.size() > kLongestName) return {};
  std::size_t best = std::min<std::size_t>(name.size() / 3, 3) + 1;
  std::string_view found;
  for (std::string_view candidate : candidates) {
    if (candidate.size() > kLongestName) continue;
    const std::size_t far = distance(name, candidate);
    if (far < best) {
      best = far;
      found = candidate;
    }
  }
  return found;
}

std::string suggestion(std::string_view name, const std::vector<std::string_view>& candidates) {
  const std::string_view near = nearest(name, candidates);
  return near.empty() ? std::string() : "did you mean " + quote(near) + "?";
}

}  // namespace picket
