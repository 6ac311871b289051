// SPDX-License-Identifier: Apache-2.0
//
// From bytes of a text to the line and column that a person is shown.
#include "rules/policy/documents.h"

#include <algorithm>

namespace picket::policy {
namespace {

// Longer lines are not shown: each diagnostic keeps a copy.
constexpr std::size_t kLongestLine = 1024;

// Where byte `offset` of a text stands; behind the last byte for the end.
std::size_t place_of(const Text& text, std::size_t offset) {
  if (text.places.empty()) return text.start;
  return offset < text.places.size() ? text.places[offset] : text.places.back() + std::size_t{1};
}

struct Line {
  std::size_t number, begin, end;
};

Line line_at(std::string_view file, std::size_t place) {
  const auto before = file.substr(0, place);
  const std::size_t begin = before.rfind('\n') + 1;  // npos + 1 is 0
  std::size_t end = std::min(file.find('\n', place), file.size());
  if (end > begin && file[end - 1] == '\r') --end;
  return {static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1, begin, end};
}

}  // namespace

Diagnostic diagnose(Severity severity, const Text& text, std::size_t offset, std::size_t length, std::string message,
                    std::string hint) {
  Diagnostic diagnostic{severity, {}, {}, std::move(message), std::move(hint)};
  if (!text.file) return diagnostic;
  const std::string_view file = text.file->text;
  const std::size_t begin = std::min(place_of(text, offset), file.size());
  const std::size_t last = length == 0 ? begin : place_of(text, offset + length - 1) + 1;
  const Line line = line_at(file, begin);
  const std::size_t end = std::clamp(last, begin, std::max(begin, line.end));

  diagnostic.where = {text.file->path, line.number, begin - line.begin + 1, end - begin};
  if (line.end - line.begin <= kLongestLine) diagnostic.source_line = file.substr(line.begin, line.end - line.begin);
  return diagnostic;
}

Diagnostic diagnose(Severity severity, const Text& text, std::string message, std::string hint) {
  return diagnose(severity, text, 0, text.value.size(), std::move(message), std::move(hint));
}

}  // namespace picket::policy
