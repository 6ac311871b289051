// SPDX-License-Identifier: Apache-2.0
//
// Values: what stands behind a key of one rule file, as texts with their places, and the findings about it. Private to
// rules/policy.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rules/policy/documents.h"
#include "rules/policy/tree.h"

namespace picket::policy {

bool is_blank(char byte);

class Values {
 public:
  Values(std::shared_ptr<const SourceFile> file, Documents& documents)
      : file_(std::move(file)), documents_(documents), first_diagnostic_(documents.diagnostics.size()) {}

  const SourceFile& file() const { return *file_; }
  Documents& documents() { return documents_; }

  // A text without content at a place of the file, to report what is wrong there.
  Text place(std::size_t at) const { return {"", file_, static_cast<std::uint32_t>(at), {}, {}}; }

  // The text of a scalar; of anything else, an empty text that knows its place.
  Text text_of(const TreeNode& node);

  // Each of these reads the value of `key` or reports why that cannot be.
  void text(const Text& key, const TreeNode& value, Text& into);  // blanks at both ends are dropped
  void texts(const Text& key, const TreeNode& value, std::vector<Text>& into);
  void words(const Text& key, const TreeNode& value, std::vector<Text>& into);  // one text, or a list of them
  void truth(const Text& key, const TreeNode& value, bool& into);

  // The value as it is written. A map's keys are words, each there once.
  Written written(const TreeNode& value);

  void error(const Text& text, std::string message, std::string hint = {}, Finding finding = Finding::Shape) {
    ++errors_;
    report(Severity::Error, finding, text, std::move(message), std::move(hint));
  }
  void warning(const Text& text, std::string message, std::string hint = {}, Finding finding = Finding::Other) {
    report(Severity::Warning, finding, text, std::move(message), std::move(hint));
  }

  std::size_t errors() const { return errors_; }
  bool gave_up() const;
  // Only aliases can make more text than the file has.
  bool repeats_too_much() const { return copied_ > 2 * file_->text.size() + 64; }

 private:
  void report(Severity severity, Finding finding, const Text& text, std::string message, std::string hint);

  std::shared_ptr<const SourceFile> file_;
  Documents& documents_;
  std::size_t first_diagnostic_;
  std::size_t errors_ = 0;
  std::size_t copied_ = 0;  // bytes of texts made so far
};

}  // namespace picket::policy
