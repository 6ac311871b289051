// SPDX-License-Identifier: Apache-2.0
#include "sensor/trust/lines.h"

#include <algorithm>

namespace picket::trust {
namespace {

constexpr std::size_t kLongestShown = 400;  // bytes of a line in a message

}  // namespace

bool Lines::next() {
  if (rest_.empty()) return false;
  const std::size_t end = rest_.find('\n');
  line_ = left_ = rest_.substr(0, end);
  rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 1);
  ++number_;
  return true;
}

bool Lines::take(std::string_view word) {
  if (!left_.starts_with(word) || left_.size() <= word.size() + 1 || left_[word.size()] != ' ') return false;
  left_.remove_prefix(word.size() + 1);
  return true;
}

Diagnostic Lines::expected(const std::string& what) const {
  return wrong("expected " + what, line_.ends_with('\r') ? "it has Windows line ends: copy it byte by byte" : "");
}

Diagnostic Lines::wrong(std::string message, std::string hint) const {
  Diagnostic diagnostic = about(path_, std::move(message), std::move(hint));
  diagnostic.where.line = number_;
  diagnostic.where.column = line_.size() - left_.size() + 1;
  diagnostic.where.length = left_.size();
  if (line_.size() <= kLongestShown) diagnostic.source_line = line_;
  return diagnostic;
}

Diagnostic about(const std::string& path, std::string message, std::string hint) {
  Diagnostic diagnostic;
  diagnostic.where.file = path;
  diagnostic.message = std::move(message);
  diagnostic.hint = std::move(hint);
  return diagnostic;
}

}  // namespace picket::trust
