// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/config_report.h"

#include <utility>

namespace picket {

void ConfigReport::add(const YAML::Mark& mark, std::size_t length, std::string message, std::string hint) {
  Diagnostic diagnostic;
  diagnostic.message = std::move(message);
  diagnostic.hint = std::move(hint);
  diagnostic.where.file = path_;
  if (!mark.is_null()) {
    diagnostic.where.line = static_cast<std::size_t>(mark.line) + 1;
    diagnostic.where.column = static_cast<std::size_t>(mark.column) + 1;
    diagnostic.where.length = length;
    diagnostic.source_line = line(static_cast<std::size_t>(mark.line));
  }
  diagnostics_.push_back(std::move(diagnostic));
}

std::string ConfigReport::line(std::size_t number) const {
  std::size_t begin = 0;
  for (; number > 0 && begin < text_.size(); --number) {
    const std::size_t end = text_.find('\n', begin);
    begin = end == std::string::npos ? text_.size() : end + 1;
  }
  return text_.substr(begin, text_.find('\n', begin) - begin);
}

}  // namespace picket
