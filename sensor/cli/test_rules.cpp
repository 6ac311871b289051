// SPDX-License-Identifier: Apache-2.0
#include "sensor/cli/test_rules.h"

#include <algorithm>
#include <map>
#include <set>

#include "rules/event/text.h"
#include "rules/language/terms.h"
#include "rules/match/match.h"
#include "rules/match/rates.h"
#include "rules/match/sequences.h"
#include "sensor/kernel/startup.h"

namespace picket::cli {
namespace {

using language::Node;

constexpr std::size_t kLongest = 160;  // bytes of a condition in a message

std::string shortened(std::string text) {
  if (text.size() <= kLongest) return text;
  text.resize(kLongest);
  return text + "...";
}

// What the check compares: "proc.name is sudo".
std::string compared(const Node& check, const Event& event, Scratch& scratch) {
  std::string text = language::print(check.left) + " is ";
  if (check.left.many) {
    std::string all;
    for (int position = 0;; ++position) {
      const Value value = language::value_at(check.left, event, position, scratch);
      if (!present(value)) break;
      if (!all.empty()) all += ", ";
      append_text(all, value);
    }
    text += all.empty() ? "<NA>" : all;
  } else {
    append_text(text, language::value_of(check.left, event, scratch));
  }
  return text;
}

class TestRunner {
 public:
  explicit TestRunner(Compiled& compiled)
      : policy_(compiled.policy), rates_(compiled.policy, [](const Throttled&) {}), sequences_(compiled.policy) {
    for (const Rule& rule : compiled.policy.rules) rules_.emplace(rule.name, &rule);
  }

  void run(RuleTest& test, TestReport& report) {
    const Rule& rule = *rules_.at(test.rule);
    const bool matched = matches(rule, test);
    if (matched == test.match) {
      ++report.passed;
      return;
    }
    Diagnostic failure = test.finding;
    failure.message = quote(test.rule) + (test.match ? " must match this and does not: " : " must not match this: ");
    failure.message += why(rule, test.events.back().made.event());
    report.failures.push_back(std::move(failure));
  }

 private:
  // The last event decides. Tests lie further apart than any window is long, so that none sees the events of another.
  bool matches(const Rule& rule, RuleTest& test) {
    bool matched = false;
    for (auto& [made, times] : test.events) {
      made.header().time += begin_;
      for (std::uint64_t time = 0; time < times; ++time) {
        matched = matches(rule, made.event());
        made.header().time += kTestStep;
      }
    }
    begin_ = test.events.back().made.header().time + 2 * kMaxWindow;
    return matched;
  }

  bool matches(const Rule& rule, const Event& event) {
    scratch_.clear();
    condition_holds_ = holds(rule, event);
    if (!rule.sequence.after.empty()) return ends_sequence(rule, event);
    return condition_holds_ && rates_.reached(rule, event, scratch_);
  }

  bool holds(const Rule& rule, const Event& event) {
    return rule.kinds.contains(event.kind()) && evaluate(*rule.condition, event, scratch_);
  }

  // The rule's steps and itself are tried, as if there were no other rules.
  bool ends_sequence(const Rule& rule, const Event& event) {
    std::set<const Rule*> steps = {&rule};
    for (const std::size_t step : rule.sequence.steps) steps.insert(&policy_.rules[step]);
    for (const Rule* step : steps) {
      if (holds(*step, event) && rates_.reached(*step, event, scratch_)) sequences_.matched(*step);
    }
    bool ended = false;
    sequences_.conclude(event, scratch_, [&](const Rule& fired) { ended = ended || &fired == &rule; });
    return ended;
  }

  std::string why(const Rule& rule, const Event& event) {
    if (!rule.kinds.contains(event.kind())) {
      return "it is about " + names_of(rule.kinds) + ", not about " + std::string(kind_name(event.kind()));
    }
    if (condition_holds_ && rule.threshold.count != 0) {
      return "its condition holds, and its threshold is " + describe(rule.threshold);
    }
    if (condition_holds_ && !rule.sequence.after.empty()) {
      return "its condition holds, and it matches " + describe(rule.sequence);
    }
    return reason(*rule.condition, event, scratch_);
  }

  const Policy& policy_;
  std::map<std::string, const Rule*> rules_;
  Rates rates_;
  Sequences sequences_;
  Scratch scratch_;
  std::uint64_t begin_ = 0;
  bool condition_holds_ = false;  // for the last event
};

}  // namespace

std::string reason(const Node& condition, const Event& event, Scratch& scratch) {
  const bool holds = evaluate(condition, event, scratch);
  switch (condition.kind) {
    // One part is enough to make an `and` false, or an `or` true.
    case Node::Kind::And:
    case Node::Kind::Or: {
      const bool decisive = condition.kind == Node::Kind::Or;
      const auto child = std::find_if(condition.children.begin(), condition.children.end(),
                                      [&](const auto& each) { return evaluate(*each, event, scratch) == decisive; });
      if (child != condition.children.end()) return reason(**child, event, scratch);
      break;
    }
    case Node::Kind::Not: {
      const Node& child = *condition.children.front();
      if (child.kind == Node::Kind::Check) break;
      return reason(child, event, scratch);
    }
    case Node::Kind::Check:
      return shortened(language::print(condition)) + (holds ? " holds: " : " does not hold: ") +
             shortened(compared(condition, event, scratch));
    case Node::Kind::Macro:
      break;
  }
  std::string text = shortened(language::print(condition)) + (holds ? " holds" : " does not hold");
  if (condition.kind == Node::Kind::Not) {
    text += ": " + shortened(compared(*condition.children.front(), event, scratch));
  }
  return text;
}

TestReport run_tests(Compiled& compiled) {
  TestReport report;
  TestRunner runner(compiled);
  std::set<std::string> tested;
  for (RuleTest& test : compiled.tests) {
    tested.insert(test.rule);
    runner.run(test, report);
  }
  for (const Rule& rule : compiled.policy.rules) {
    if (!tested.contains(rule.name)) report.untested.push_back(rule.name);
  }
  return report;
}

}  // namespace picket::cli
