// SPDX-License-Identifier: Apache-2.0
#include "rules/compile/tests.h"

#include <optional>
#include <utility>

#include "rules/compile/made_events.h"

namespace picket {
namespace {

using policy::Written;

class TestReader {
 public:
  TestReader(const policy::RuleItem& item, std::vector<Diagnostic>& diagnostics)
      : item_(item), diagnostics_(diagnostics) {}

  std::optional<RuleTest> read(const Written& written) {
    const bool one = written.kind == Written::Kind::Map && written.members.size() == 1;
    const std::string word = one ? written.members[0].name.value : "";
    if (word != "match" && word != "miss") {
      error(one ? written.members[0].name : written.text, "a test is 'match: EVENT' or 'miss: EVENT'",
            suggestion(word, {"match", "miss"}));
      return std::nullopt;
    }
    RuleTest test;
    test.rule = item_.name.value;
    test.match = word == "match";
    test.finding = policy::diagnose(Severity::Error, Finding::Invalid, written.members[0].name, {});
    const Written& events = written.members[0].value;
    const std::size_t before = diagnostics_.size();
    if (events.kind != Written::Kind::List) add(test, events);
    for (const Written& event : events.items) add(test, event);
    if (diagnostics_.size() != before) return std::nullopt;
    if (!test.events.empty()) return test;
    error(written.members[0].name, "a test without an event");
    return std::nullopt;
  }

 private:
  void error(const policy::Text& text, std::string message, std::string hint = {}) {
    diagnostics_.push_back(
        policy::diagnose(Severity::Error, Finding::Shape, text, std::move(message), std::move(hint)));
  }

  void add(RuleTest& test, const Written& written) {
    auto event = read_event(written, diagnostics_);
    if (!event) return;
    pk_header& header = event->made.header();
    if (!test.events.empty()) {
      TestEvent& last = test.events.back();
      header.time = event->at ? test.events.front().made.header().time + *event->at
                              : last.made.header().time + last.times * kTestStep;
    }
    test.events.push_back({std::move(event->made), event->times});
  }

  const policy::RuleItem& item_;
  std::vector<Diagnostic>& diagnostics_;
};

}  // namespace

std::vector<RuleTest> read_tests(const policy::RuleItem& item, std::vector<Diagnostic>& diagnostics) {
  std::vector<RuleTest> tests;
  TestReader reader(item, diagnostics);
  for (const Written& written : item.tests) {
    if (auto test = reader.read(written)) tests.push_back(*std::move(test));
  }
  return tests;
}

}  // namespace picket
