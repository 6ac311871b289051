// SPDX-License-Identifier: Apache-2.0
//
// Sigma text in, condition or reason out.
#pragma once

#include <string>
#include <utility>

#include "rules/policy/documents.h"
#include "rules/sigma/sigma.h"

namespace picket::sigma::test {

inline Conversion converted(const std::string& text) {
  Converter converter;
  converter.add_text("x.yml", text);
  return std::move(converter).finish();
}

// A rule of this log source with what stands under `detection`, each line indented by two blanks.
inline std::string rule(const std::string& source, const std::string& detection) {
  return "title: T\nlogsource: {product: linux, " + source + "}\ndetection:\n" + detection;
}

inline const std::string kProcess = "category: process_creation";
inline const std::string kAuditd = "service: auditd";

// The condition of the one rule, or the first finding's place and message.
inline std::string outcome(const std::string& text) {
  const Conversion conversion = converted(text);
  if (!conversion.findings.empty()) {
    const Diagnostic& first = conversion.findings.front();
    return std::to_string(first.where.line) + ":" + std::to_string(first.where.column) +
           (first.severity == Severity::Error ? ": error: " : ": ") + first.message;
  }
  policy::Documents documents;
  policy::load_text("converted", conversion.rules, documents);
  return documents.rules.empty() ? "nothing" : documents.rules[0].condition.value;
}

// Without the guard of process_creation and the `and` behind it.
inline std::string of_process(const std::string& detection) {
  static const std::string kGuard = "evt.type in (execve, execveat) and ";
  const std::string text = outcome(rule(kProcess, detection));
  return text.starts_with(kGuard) ? text.substr(kGuard.size()) : text;
}

}  // namespace picket::sigma::test
