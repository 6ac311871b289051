// SPDX-License-Identifier: Apache-2.0
//
// Report: where findings about one text of a rule file go.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/event/text.h"
#include "rules/language/ast.h"
#include "rules/policy/documents.h"

namespace picket {

// "did you mean 'x'?", or nothing when no candidate is near.
inline std::string suggestion(std::string_view name, const std::vector<std::string_view>& candidates) {
  const std::string_view near = nearest(name, candidates);
  return near.empty() ? std::string() : "did you mean " + quote(near) + "?";
}

// A text that the file did not have: the documents' own diagnostics say so.
inline bool absent(const policy::Text& text) { return text.file == nullptr; }

class Report {
 public:
  Report(const policy::Text& text, std::vector<Diagnostic>& diagnostics) : text_(text), diagnostics_(diagnostics) {}

  void error(language::Span span, std::string message, std::string hint = {}) {
    failed_ = true;
    add(Severity::Error, span, std::move(message), std::move(hint));
  }
  void warning(language::Span span, std::string message, std::string hint = {}) {
    add(Severity::Warning, span, std::move(message), std::move(hint));
  }
  // For errors that were reported where they come from.
  void fail() { failed_ = true; }

  bool failed() const { return failed_; }
  const policy::Text& text() const { return text_; }
  std::string_view text(language::Span span) const {
    return std::string_view(text_.value).substr(span.offset, span.length);
  }

 private:
  void add(Severity severity, language::Span span, std::string message, std::string hint) {
    diagnostics_.push_back(
        policy::diagnose(severity, text_, span.offset, span.length, std::move(message), std::move(hint)));
  }

  const policy::Text& text_;
  std::vector<Diagnostic>& diagnostics_;
  bool failed_ = false;
};

}  // namespace picket
