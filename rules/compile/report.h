// SPDX-License-Identifier: Apache-2.0
//
// Report: where findings about one text of a rule file go.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/compile/lists.h"
#include "rules/event/text.h"
#include "rules/language/ast.h"
#include "rules/policy/documents.h"

namespace picket {

// Findings about a condition are about the text that its lists were replaced in; what is shown is what was written.
class Report {
 public:
  // `finding`: what its errors are about.
  Report(const policy::Text& text, std::vector<Diagnostic>& diagnostics, Finding finding = Finding::BadCondition)
      : text_(text), source_(std::make_shared<ListText>(text.value)), diagnostics_(diagnostics), finding_(finding) {}

  // A report about the same text that has not failed yet; take() brings back whether it has.
  Report begin() const {
    Report report(*this);
    report.failed_ = report.broken_ = false;
    return report;
  }
  void take(const Report& other) {
    failed_ = failed_ || other.failed_;
    broken_ = broken_ || other.broken_;
  }

  // For a failure of which the unknown is the only cause, reported where it comes from.
  void fail_unknown() { failed_ = true; }

  // The text that spans are about, from now on.
  void replace_source(ListText source) { source_ = std::make_shared<ListText>(std::move(source)); }

  void share_source(const Report& other) { source_ = other.source_; }

  void error(language::Span span, std::string message, std::string hint = {}) {
    failed_ = broken_ = true;
    add(Severity::Error, finding_, span, std::move(message), std::move(hint));
  }
  // What it refers to is not there.
  void invalid(language::Span span, std::string message, std::string hint = {}) {
    failed_ = broken_ = true;
    add(Severity::Error, Finding::Invalid, span, std::move(message), std::move(hint));
  }
  // A field or type of event that nobody knows: rules can ask to be skipped for that.
  void unknown(language::Span span, std::string message, std::string hint = {}) {
    failed_ = true;
    add(Severity::Error, finding_, span, std::move(message), std::move(hint));
  }
  void warning(language::Span span, std::string message, std::string hint = {}) {
    add(Severity::Warning, Finding::OddCondition, span, std::move(message), std::move(hint));
  }
  // For errors that were reported where they come from.
  void fail() { failed_ = broken_ = true; }

  bool failed() const { return failed_; }
  bool broken() const { return broken_; }  // failed, and not only for what is unknown
  const std::string& source() const { return source_->text(); }
  const policy::Text& text() const { return text_; }
  // Whether it stands in the place of a list.
  bool is_replaced(language::Span span) const { return source_->is_replaced(span.offset); }
  // What was written for it.
  std::string_view text(language::Span span) const {
    const language::Span written = source_->written(span);
    return std::string_view(text_.value).substr(written.offset, written.length);
  }

 private:
  void add(Severity severity, Finding finding, language::Span span, std::string message, std::string hint) {
    const bool end = span.offset >= source_->text().size();
    const language::Span written = end ? language::Span{text_.value.size(), 0} : source_->written(span);
    diagnostics_.push_back(policy::diagnose(severity, finding, text_, written.offset, written.length,
                                            std::move(message), std::move(hint)));
  }

  const policy::Text& text_;
  std::shared_ptr<const ListText> source_;
  std::vector<Diagnostic>& diagnostics_;
  Finding finding_;
  bool failed_ = false;
  bool broken_ = false;
};

}  // namespace picket
