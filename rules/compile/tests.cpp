// SPDX-License-Identifier: Apache-2.0
#include "rules/compile/tests.h"

#include <optional>
#include <utility>

#include "rules/compile/made_events.h"

namespace picket {
namespace {

using policy::Written;

constexpr std::uint64_t kStep = 1'000'000;  // between events of which nothing else is said, in nanoseconds

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

  // An event that happens several times is made as often.
  void add(RuleTest& test, const Written& written) {
    std::uint64_t left = 1;
    for (bool first = true; left > 0; first = false) {
      auto made = read_event(written, diagnostics_);
      if (!made) return;
      if (first) left = made->times;
      if (test.events.size() == kMaxTestEvents) return error(written.text, "too many events");
      const std::uint64_t begin = test.events.empty() ? made->event.header().time : test.events.front().header().time;
      const std::uint64_t last = test.events.empty() ? begin : test.events.back().header().time + kStep;
      made->event.header().time = first && made->at ? begin + *made->at : last;
      test.events.push_back(std::move(made->event));
      --left;
    }
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
