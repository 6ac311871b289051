// SPDX-License-Identifier: Apache-2.0
//
// The rules: each is checked whole, and enters the policy when it is enabled and has no error.
#include "rules/compile/compile.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <optional>
#include <utility>

#include "rules/compile/kinds.h"
#include "rules/compile/lists.h"
#include "rules/compile/macros.h"
#include "rules/compile/output.h"
#include "rules/compile/report.h"
#include "rules/compile/response.h"
#include "rules/compile/steps.h"
#include "rules/compile/terms.h"
#include "rules/event/hashed_file.h"
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
  bool asks = false;
  for_each_field(node, [&asks](const Field& field) { asks = asks || field.asks_outcome; });
  return asks;
}

Hashes hashes_of(const language::Node& node) {
  Hashes hashes;
  for_each_field(node, [&hashes](const Field& field) { hashes = hashes | field.hashes; });
  return hashes;
}

class RuleCompiler {
 public:
  RuleCompiler(const policy::RuleItem& item, Macros& macros, std::vector<Diagnostic>& diagnostics)
      : item_(item), condition_(policy::whole_condition(item)), macros_(macros), diagnostics_(diagnostics) {}

  std::vector<RuleTest> take_tests() { return std::move(tests_); }

  // Nothing when the rule has an error, or is skipped.
  std::optional<Rule> run() {
    condition();
    exceptions();
    output();
    priority();
    response();
    if (failed_ && !broken_ && item_.skip_if_unknown) return skip();
    std::move(own_.begin(), own_.end(), std::back_inserter(diagnostics_));
    if (failed_) return std::nullopt;
    if (asks_outcome(*rule_.condition) || asked_.outcome) rule_.results = rule_.kinds & kMadeBefore;
    rule_.needs = rule_.needs | asked_.needs;
    rule_.shown_hashes = asked_.hashes;
    rule_.hashes = hashes_of(*rule_.condition) | asked_.hashes;
    describe();
    warn_of_silence();
    return std::move(rule_);
  }

 private:
  void condition() {
    Report report(condition_, own_);
    std::vector<Diagnostic> of_macros;
    rule_.condition = macros_.condition(report, of_macros);
    own_.insert(own_.begin(), of_macros.begin(), of_macros.end());
    take(report);
    if (!rule_.condition) return;
    rule_.kinds = possible_kinds(*rule_.condition);
    rule_.needs = needed_kinds(*rule_.condition);
  }

  // The fields of those that have no values yet are not in the condition, and are checked all the same.
  void exceptions() {
    for (const policy::Exception& exception : item_.exceptions) {
      if (!exception.values.empty()) continue;
      for (const policy::Text& field : exception.fields) {
        Report report(field, own_);
        bind_alone(report);
        take(report);
      }
    }
  }

  void output() {
    Report report(item_.output, own_, Finding::BadOutput);
    auto found = parse_output(report);
    rule_.output = std::move(found.pieces);
    asked_ = {asked_.needs | found.needs, asked_.outcome || found.asks_outcome, asked_.hashes | found.hashes};
    take(report);
  }

  void priority() {
    const std::string& text = item_.priority.value;
    const auto priority = parse_priority(text);
    if (priority) {
      rule_.priority = *priority;
      rule_.severity = severity_of(*priority);
      return;
    }
    own_.push_back(policy::diagnose(Severity::Error, Finding::Shape, item_.priority, "unknown priority " + quote(text),
                                    "priorities: " + priority_list()));
    failed_ = broken_ = true;
  }

  void response() {
    const bool fine[] = {
        read_response(item_, rule_, own_),
        read_severity(item_, rule_.severity, own_),
        read_throttle(item_.throttle, rule_.throttle, asked_, own_),
        read_threshold(item_.threshold, rule_.threshold, asked_, own_),
        read_sequence(item_, rule_.sequence, asked_, own_),
    };
    tests_ = read_tests(item_, own_);
    if (has_errors(own_) && !failed_) failed_ = broken_ = true;
    if (!std::all_of(std::begin(fine), std::end(fine), [](bool each) { return each; })) failed_ = broken_ = true;
  }

  void describe() {
    rule_.name = item_.name.value;
    rule_.description = item_.description.value;
    for (const policy::Text& tag : item_.tags) rule_.tags.push_back(tag.value);
    std::sort(rule_.tags.begin(), rule_.tags.end());
    rule_.tags.erase(std::unique(rule_.tags.begin(), rule_.tags.end()), rule_.tags.end());
    rule_.attacks = attacks_of(rule_.tags);
    rule_.where = policy::place_of(item_.name);
  }

  void warn_of_silence() {
    if (!rule_.kinds.empty()) return;
    diagnostics_.push_back(policy::diagnose(Severity::Warning, Finding::OddCondition, item_.condition,
                                            "this condition can never match: no type of event meets it"));
  }

  // For a rule that asks for that (skip-if-unknown-filter): its errors become one warning.
  std::optional<Rule> skip() {
    const auto error = std::find_if(
        own_.begin(), own_.end(), [](const Diagnostic& diagnostic) { return diagnostic.severity == Severity::Error; });
    const std::string cause = error == own_.end() ? "a macro has an unknown field" : error->message;
    diagnostics_.push_back(
        policy::diagnose(Severity::Warning, Finding::UnknownFilter, item_.name, "the rule is skipped: " + cause));
    return std::nullopt;
  }

  void take(const Report& report) {
    failed_ = failed_ || report.failed();
    broken_ = broken_ || report.broken();
  }

  const policy::RuleItem& item_;
  const policy::Text condition_;
  Macros& macros_;
  std::vector<Diagnostic>& diagnostics_;
  std::vector<Diagnostic> own_;  // those about this rule
  Rule rule_;
  std::vector<RuleTest> tests_;
  Asked asked_;  // by what stands outside the condition
  bool failed_ = false;
  bool broken_ = false;  // for another reason than an unknown field or type of event
};

// Rules that are neither enabled nor a step are left out.
void enter(Candidate& candidate, Compiled& compiled) {
  auto& [item, rule, tests, place] = candidate;
  if (place == Candidate::kNowhere) return;
  rule->reports = item->enabled;
  if (item->enabled) {
    for (RuleTest& test : tests) compiled.tests.push_back(std::move(test));
  }
  Policy& policy = compiled.policy;
  policy.kinds = policy.kinds | rule->kinds | rule->needs;
  policy.results = policy.results | rule->results;
  if (rule->hashes.executable) policy.executable_hashes = policy.executable_hashes | rule->kinds;
  if (rule->hashes.file) policy.file_hashes = policy.file_hashes | (rule->kinds & kHashedKinds);
  policy.rules.push_back(*std::move(rule));
}

}  // namespace

Compiled compile(const policy::Documents& documents) {
  Compiled compiled;
  compiled.diagnostics = documents.diagnostics;
  Lists lists(documents.lists, compiled.diagnostics);
  Macros macros(documents.macros, lists, compiled.diagnostics);
  std::vector<Candidate> candidates;
  for (const policy::RuleItem& item : documents.rules) {
    if (of_other_source(item)) continue;
    RuleCompiler compiler(item, macros, compiled.diagnostics);
    Candidate& candidate = candidates.emplace_back();
    candidate.item = &item;
    candidate.rule = compiler.run();
    candidate.tests = compiler.take_tests();
  }
  find_steps(candidates, compiled.diagnostics);
  for (Candidate& candidate : candidates) enter(candidate, compiled);
  for (Rule& rule : compiled.policy.rules) rule.revision.renew();
  macros.report_unused(compiled.diagnostics);
  for (std::size_t index = 0; index < documents.macros.size(); ++index) {
    if (!macros.is_used(index)) compiled.unused_macros.push_back(index);
  }
  for (std::size_t index = 0; index < documents.lists.size(); ++index) {
    if (!lists.is_used(index)) compiled.unused_lists.push_back(index);
  }
  return compiled;
}

}  // namespace picket
