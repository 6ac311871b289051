// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/config_report.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

namespace picket {
namespace {

// Words in the names of settings whose values are nobody's business. A line too many that is not shown does no harm.
constexpr std::string_view kSecretWords[] = {"password", "passwd",     "passphrase", "secret",
                                             "token",    "credential", "key.pem",    "oauthbearer.config"};

bool names_a_secret(std::string line) {
  std::transform(line.begin(), line.end(), line.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::any_of(std::begin(kSecretWords), std::end(kSecretWords),
                     [&line](std::string_view word) { return line.find(word) != std::string::npos; });
}

// Where the text of a line begins; an element of a list may stand as far left as the key that it belongs to.
std::size_t indentation(std::string_view line) {
  const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  return begin < line.size() && line[begin] == '-' ? begin + 1 : begin;
}

}  // namespace

void ConfigReport::add(const YAML::Mark& mark, std::size_t length, std::string message, std::string hint) {
  Diagnostic diagnostic;
  diagnostic.message = std::move(message);
  diagnostic.hint = std::move(hint);
  diagnostic.where.file = path_;
  if (!mark.is_null()) {
    diagnostic.where.line = static_cast<std::size_t>(mark.line) + 1;
    diagnostic.where.column = static_cast<std::size_t>(mark.column) + 1;
    diagnostic.where.length = length;
    const auto number = static_cast<std::size_t>(mark.line);
    if (!may_hold_secret(number)) {
      diagnostic.source_line = line(number);
    } else if (diagnostic.hint.empty()) {
      diagnostic.hint = "the line is not shown, because of a secret in it or above it";
    }
  }
  diagnostics_.push_back(std::move(diagnostic));
}

// In it, in the line before it, whose value may go on here, or in a key that it stands below.
bool ConfigReport::may_hold_secret(std::size_t number) const {
  std::string text = line(number);
  if (names_a_secret(text)) return true;
  bool before = true;  // all between was empty
  for (std::size_t left = indentation(text); number > 0;) {
    text = line(--number);
    const std::size_t begin = indentation(text);
    if (begin == text.size()) continue;
    if ((before || begin < left) && names_a_secret(text)) return true;
    before = false;
    left = std::min(left, begin);
  }
  return false;
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
