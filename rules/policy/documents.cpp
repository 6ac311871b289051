// SPDX-License-Identifier: Apache-2.0
//
// From bytes of a text to the line and column that a person is shown.
#include "rules/policy/documents.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace picket::policy {
namespace {

// Longer lines are not shown: each diagnostic keeps a copy.
constexpr std::size_t kLongestLine = 1024;

// Where byte `offset` of a text stands; behind the last byte for the end.
std::size_t place_of(const Text& text, std::size_t offset) {
  if (text.places.empty()) return text.start;
  return offset < text.places.size() ? text.places[offset] : text.places.back() + std::size_t{1};
}

const std::shared_ptr<const SourceFile>& file_of(const Text& text, std::size_t offset) {
  const auto next =
      std::find_if(text.seams.begin(), text.seams.end(), [offset](const Seam& seam) { return seam.begin > offset; });
  return next == text.seams.begin() ? text.file : std::prev(next)->file;
}

// From here on the text stands in this file.
void enter(Text& text, const std::shared_ptr<const SourceFile>& file) {
  if (file_of(text, text.value.size()) != file) text.seams.push_back({text.value.size(), file});
}

struct Line {
  std::size_t number, begin, end;
};

Line line_at(const SourceFile& file, std::size_t place) {
  const auto next = std::upper_bound(file.lines.begin(), file.lines.end(), place);
  const std::size_t begin = *std::prev(next);
  std::size_t end = std::min(file.text.find('\n', place), file.text.size());
  if (end > begin && file.text[end - 1] == '\r') --end;
  return {static_cast<std::size_t>(next - file.lines.begin()), begin, end};
}

std::vector<std::uint32_t> line_starts(std::string_view text) {
  std::vector<std::uint32_t> starts = {0};
  for (std::size_t end = text.find('\n'); end != text.npos; end = text.find('\n', end + 1)) {
    starts.push_back(static_cast<std::uint32_t>(end + 1));
  }
  return starts;
}

}  // namespace

SourceFile::SourceFile(std::string its_path, std::string its_text)
    : path(std::move(its_path)), text(std::move(its_text)), lines(line_starts(text)) {}

void append(Text& text, const Text& more) {
  if (!text.file) {
    text = more;
    return;
  }
  enter(text, more.file);
  for (const Seam& seam : more.seams) text.seams.push_back({text.value.size() + seam.begin, seam.file});
  text.value += more.value;
  text.places.insert(text.places.end(), more.places.begin(), more.places.end());
}

void append_made(Text& text, std::string_view made, const Text& cause) {
  append(text, {std::string(made), cause.file, cause.start, std::vector<std::uint32_t>(made.size(), cause.start), {}});
}

Diagnostic diagnose(Severity severity, Finding finding, const Text& text, std::size_t offset, std::size_t length,
                    std::string message, std::string hint) {
  Diagnostic diagnostic{severity, {}, {}, std::move(message), std::move(hint), finding};
  if (!text.file) return diagnostic;
  const auto& source = file_of(text, offset);
  const std::string_view file = source->text;
  const std::size_t begin = std::min(place_of(text, offset), file.size());
  const std::size_t final = offset + (length == 0 ? 0 : length - 1);
  const bool across = file_of(text, final) != source;
  const std::size_t last = length == 0 ? begin : across ? file.size() : place_of(text, final) + 1;
  const Line line = line_at(*source, begin);
  const std::size_t end = std::clamp(last, begin, std::max(begin, line.end));

  diagnostic.where = {source->path, line.number, begin - line.begin + 1, end - begin, begin};
  if (line.end - line.begin <= kLongestLine) diagnostic.source_line = file.substr(line.begin, line.end - line.begin);
  return diagnostic;
}

Diagnostic diagnose(Severity severity, Finding finding, const Text& text, std::string message, std::string hint) {
  return diagnose(severity, finding, text, 0, text.value.size(), std::move(message), std::move(hint));
}

Location place_of(const Text& text) { return diagnose(Severity::Error, Finding::Other, text, {}).where; }

}  // namespace picket::policy
