// SPDX-License-Identifier: Apache-2.0
//
// The rules: each is checked whole, and enters the policy when it is enabled and has no error.
#include "rules/compile/compile.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "rules/compile/definitions.h"
#include "rules/compile/kinds.h"
#include "rules/compile/lists.h"
#include "rules/compile/macros.h"
#include "rules/compile/output.h"
#include "rules/compile/report.h"
#include "rules/event/outcome.h"

namespace picket {
namespace {

bool same_letters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char left, unsigned char right) { return std::tolower(left) == std::tolower(right); });
}

constexpr std::string_view kInfo = "Info";  // Falco's other name of Informational

std::optional<Priority> parse_priority(std::string_view text) {
  if (same_letters(text, kInfo)) return Priority::Informational;
  for (int number = 0; number <= static_cast<int>(Priority::Debug); ++number) {
    const auto priority = static_cast<Priority>(number);
    if (same_letters(text, priority_name(priority))) return priority;
  }
  return std::nullopt;
}

std::string priority_list() {
  std::string list;
  for (int number = 0; number <= static_cast<int>(Priority::Debug); ++number) {
    if (!list.empty()) list += ", ";
    list += priority_name(static_cast<Priority>(number));
  }
  return list;
}

bool asks_outcome(const language::Node& node) {
  if (node.field != nullptr && node.field->asks_outcome) return true;
  return std::any_of(node.children.begin(), node.children.end(),
                     [](const language::NodePtr& child) { return asks_outcome(*child); });
}

bool asks_outcome(const std::vector<OutputPiece>& output) {
  return std::any_of(output.begin(), output.end(),
                     [](const OutputPiece& piece) { return piece.field != nullptr && piece.field->asks_outcome; });
}

class RuleCompiler {
 public:
  RuleCompiler(const policy::RuleItem& item, const Macros& macros, std::vector<Diagnostic>& diagnostics)
      : item_(item), macros_(macros), diagnostics_(diagnostics) {}

  // Nothing when the rule has an error.
  std::optional<Rule> run() {
    condition();
    output();
    priority();
    if (failed_) return std::nullopt;
    if (asks_outcome(*rule_.condition) || asks_outcome(rule_.output)) rule_.results = rule_.kinds & kMadeBefore;
    describe();
    warn_of_silence();
    return std::move(rule_);
  }

 private:
  void condition() {
    Report report(item_.condition, diagnostics_);
    rule_.condition = macros_.condition(report);
    if (!rule_.condition) return fail();
    rule_.kinds = possible_kinds(*rule_.condition);
    rule_.needs = needed_kinds(*rule_.condition);
  }

  void output() {
    Report report(item_.output, diagnostics_);
    rule_.output = parse_output(report);
    for (const OutputPiece& piece : rule_.output) {
      if (piece.field != nullptr) rule_.needs = rule_.needs | piece.field->needs;
    }
    if (report.failed()) fail();
  }

  void priority() {
    if (absent(item_.priority)) return fail();
    const std::string& text = item_.priority.value;
    const auto priority = parse_priority(text);
    if (priority) {
      rule_.priority = *priority;
      return;
    }
    diagnostics_.push_back(policy::diagnose(Severity::Error, item_.priority, "unknown priority " + quote(text),
                                            "priorities: " + priority_list()));
    fail();
  }

  void describe() {
    rule_.name = item_.name.value;
    rule_.description = item_.description.value;
    for (const policy::Text& tag : item_.tags) rule_.tags.push_back(tag.value);
    std::sort(rule_.tags.begin(), rule_.tags.end());
    rule_.tags.erase(std::unique(rule_.tags.begin(), rule_.tags.end()), rule_.tags.end());
    rule_.where = policy::diagnose(Severity::Error, item_.name, {}).where;
  }

  void warn_of_silence() {
    if (!rule_.kinds.empty()) return;
    diagnostics_.push_back(policy::diagnose(Severity::Warning, item_.condition,
                                            "this condition can never match: no type of event meets it"));
  }

  void fail() { failed_ = true; }

  const policy::RuleItem& item_;
  const Macros& macros_;
  std::vector<Diagnostic>& diagnostics_;
  Rule rule_;
  bool failed_ = false;
};

}  // namespace

Compiled compile(const policy::Documents& documents) {
  Compiled compiled;
  compiled.diagnostics = documents.diagnostics;
  const Lists lists(documents.lists, compiled.diagnostics);
  const Macros macros(documents.macros, lists, compiled.diagnostics);
  const Definitions<policy::RuleItem> rules(documents.rules);
  for (std::size_t index = 0; index < rules.size(); ++index) {
    auto rule = RuleCompiler(rules[index], macros, compiled.diagnostics).run();
    if (!rule || !rules[index].enabled) continue;
    compiled.policy.kinds = compiled.policy.kinds | rule->kinds | rule->needs;
    compiled.policy.results = compiled.policy.results | rule->results;
    compiled.policy.rules.push_back(*std::move(rule));
  }
  return compiled;
}

}  // namespace picket
