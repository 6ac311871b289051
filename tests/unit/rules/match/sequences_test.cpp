// SPDX-License-Identifier: Apache-2.0
//
// Sequences over made-up events: which of them ends one.
#include "rules/match/sequences.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>

#include "rules/compile/compile.h"
#include "tests/support/record.h"

namespace picket {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

// Rules A to D match opens of /A to /D; S is D after the others, as said.
Policy policy_of(const std::string& sequence) {
  std::string text;
  for (const char* name : {"A", "B", "C"}) {
    text += "- rule: " + std::string(name) + "\n  desc: d\n  condition: open.path startswith /" + name +
            "\n  output: o\n  priority: INFO\n  enabled: false\n";
  }
  text += "- rule: S\n  desc: d\n  condition: open.path startswith /D\n  output: o\n  priority: INFO\n  sequence: " +
          sequence + "\n";
  policy::Documents documents;
  policy::load_text("test.yaml", text, documents);
  Compiled compiled = compile(documents);
  for (const Diagnostic& diagnostic : compiled.diagnostics) ADD_FAILURE() << render(diagnostic);
  return std::move(compiled.policy);
}

// Processes 1 to 9, each the parent of the next; 11 has no parent.
class Family {
 public:
  Family() : processes_(12) {
    for (std::uint32_t pid = 1; pid < processes_.size(); ++pid) {
      processes_[pid].key = pk_process_key(pid, kSecond);
      if (pid > 1 && pid < 10) processes_[pid].parent = &processes_[pid - 1];
    }
  }
  const Process& operator[](std::size_t pid) const { return processes_[pid]; }

 private:
  std::vector<Process> processes_;
};

class Scenario {
 public:
  explicit Scenario(const std::string& sequence, std::size_t subjects = kSequenceSubjects)
      : policy_(policy_of(sequence)), sequences_(policy_, subjects) {}

  // Whether an open of /NAME... ends the sequence. Of a name like AB both rules match.
  bool happens(const std::string& names, double second, std::size_t pid = 1, const std::string& container = {}) {
    test::Record<pk_open> open(Kind::open);
    open.text(&pk_open::path, "/" + names);
    open->header.time = static_cast<std::uint64_t>(second * kSecond);
    Container inside;
    inside.full_id = container;
    Event event = open.event(family_[pid], &names_);
    if (!container.empty()) event.container = &inside;
    for (const Rule& rule : policy_.rules) {
      const char letter = rule.name == "S" ? 'D' : rule.name[0];
      if (names.find(letter) != names.npos && sequences_.concern(rule)) sequences_.matched(rule);
    }
    int fired = 0;
    sequences_.conclude(event, scratch_, [&](const Rule& rule) {
      EXPECT_EQ(rule.name, "S");
      ++fired;
    });
    scratch_.clear();
    EXPECT_LE(fired, 1);
    return fired == 1;
  }

  const Sequences& sequences() const { return sequences_; }

 private:
  Policy policy_;
  Family family_;
  Sequences sequences_;
  test::FakeNames names_;
  Scratch scratch_;
};

struct Step {
  const char* names;
  double second;
  std::size_t pid = 1;
  const char* container = "";
};

TEST(Sequences, EndWithTheLastStep) {
  const struct {
    const char* name;
    std::string sequence;
    std::vector<Step> steps;
    std::string expected;  // an x for each step that ends it
  } rows[] = {
      {"in order", "{after: [A, B], by: process, within: 10s}", {{"A", 1}, {"B", 2}, {"D", 3}}, "..x"},
      {"not in order", "{after: [A, B], by: process, within: 10s}", {{"B", 1}, {"A", 2}, {"D", 3}}, "..."},
      {"one missing", "{after: [A, B], by: process, within: 10s}", {{"A", 1}, {"D", 3}}, ".."},
      {"others between", "{after: A, by: process, within: 10s}", {{"A", 1}, {"C", 2}, {"B", 2}, {"D", 3}}, "...x"},
      {"once for each",
       "{after: A, by: process, within: 10s}",
       {{"A", 1}, {"D", 2}, {"D", 3}, {"A", 4}, {"D", 5}},
       ".x..x"},
      {"the window holds", "{after: A, by: process, within: 10s}", {{"A", 1}, {"D", 11}}, ".x"},
      {"the window is over", "{after: A, by: process, within: 10s}", {{"A", 1}, {"D", 11.1}}, ".."},
      {"the window is of the whole",
       "{after: [A, B], by: process, within: 10s}",
       {{"A", 1}, {"B", 9}, {"D", 12}},
       "..."},
      {"the latest beginning counts",
       "{after: [A, B], by: process, within: 10s}",
       {{"A", 1}, {"A", 5}, {"B", 6}, {"D", 14}},
       "...x"},
      {"a late beginning spoils no way",
       "{after: [A, B], by: process, within: 10s}",
       {{"A", 1}, {"B", 2}, {"A", 3}, {"D", 4}},
       "...x"},
      {"an event is one step", "{after: [A, B], by: process, within: 10s}", {{"AB", 1}, {"D", 2}}, ".."},
      {"and not its own predecessor", "{after: A, by: process, within: 10s}", {{"AD", 1}, {"AD", 2}, {"D", 3}}, ".xx"},
      {"a step twice", "{after: [A, A], by: process, within: 10s}", {{"A", 1}, {"D", 2}, {"A", 3}, {"D", 4}}, "...x"},
      {"late events are no followers", "{after: A, by: process, within: 10s}", {{"A", 5}, {"D", 4}, {"D", 5}}, "..x"},

      {"each process for itself",
       "{after: A, by: process, within: 10s}",
       {{"A", 1, 2}, {"D", 2, 3}, {"D", 3, 2}},
       "..x"},
      {"a descendant", "{after: A, by: ancestor, within: 10s}", {{"A", 1, 2}, {"D", 2, 5}}, ".x"},
      {"itself", "{after: A, by: ancestor, within: 10s}", {{"A", 1, 2}, {"D", 2, 2}}, ".x"},
      {"no ancestor", "{after: A, by: ancestor, within: 10s}", {{"A", 1, 5}, {"D", 2, 2}, {"D", 3, 11}}, "..."},
      {"down the line", "{after: [A, B], by: ancestor, within: 10s}", {{"A", 1, 2}, {"B", 2, 4}, {"D", 3, 6}}, "..x"},
      {"not beside it", "{after: [A, B], by: ancestor, within: 10s}", {{"A", 1, 2}, {"B", 2, 6}, {"D", 3, 4}}, "..."},
      {"the nearest way in time",
       "{after: A, by: ancestor, within: 10s}",
       {{"A", 1, 4}, {"A", 9, 2}, {"D", 15, 5}},
       "..x"},

      {"a container",
       "{after: A, by: container, within: 10s}",
       {{"A", 1, 1, "x"}, {"D", 2, 11, "y"}, {"D", 3, 11}, {"D", 4, 11, "x"}},
       "...x"},
      {"the host is none", "{after: A, by: container, within: 10s}", {{"A", 1}, {"D", 2}}, ".."},
      {"fields", "{after: A, by: [open.flags, basename(proc.exepath)], within: 10s}", {{"A", 1, 2}, {"D", 2, 7}}, ".x"},
      {"other fields", "{after: A, by: [fd.name], within: 10s}", {{"A", 1}, {"D", 2}, {"AD", 3}, {"AD", 4}}, "...x"},
  };
  for (const auto& row : rows) {
    Scenario scenario(row.sequence);
    std::string seen;
    for (const Step& step : row.steps) {
      seen += scenario.happens(step.names, step.second, step.pid, step.container) ? 'x' : '.';
    }
    EXPECT_EQ(seen, row.expected) << row.name;
  }
}

// Against the definition: some A, B, C in this order before, the A within the window, none of it older than the last
// end.
TEST(Sequences, AgreeWithTheirDefinition) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    const auto any = [&random](unsigned below) {
      return std::uniform_int_distribution<unsigned>(0, below - 1)(random);
    };
    Scenario scenario("{after: [A, B, C], by: process, within: 4s}");
    std::map<std::size_t, std::vector<std::pair<char, double>>> past;  // of each process, since its last end
    double second = 1;
    for (int i = 0; i < 600; ++i) {
      second += any(1000) / 1000.0;
      const char name = "ABCD"[any(4)];
      const std::size_t pid = 1 + any(2);
      auto& mine = past[pid];
      bool expected = false;
      for (auto a = mine.begin(); name == 'D' && a != mine.end(); ++a) {
        if (a->first != 'A' || second - a->second > 4) continue;
        const auto next = [&mine](auto from, char wanted) {
          return std::find_if(from, mine.end(), [wanted](const auto& one) { return one.first == wanted; });
        };
        expected = expected || next(next(a, 'B'), 'C') != mine.end();
      }
      EXPECT_EQ(scenario.happens({name}, second, pid), expected) << seed << " event " << i;
      if (expected) mine.clear();
      mine.emplace_back(name, second);
    }
  }
}

TEST(Sequences, SubjectsThatGaveWayAreCounted) {
  Scenario scenario("{after: A, by: process, within: 10s}", 2);
  for (const std::size_t pid : {1, 2, 3}) scenario.happens("A", 1, pid);
  EXPECT_EQ(scenario.sequences().evicted(), 1u);
  EXPECT_FALSE(scenario.happens("D", 2, 1));
  EXPECT_TRUE(scenario.happens("D", 2, 2));
  scenario.happens("A", 30, 4);
  scenario.happens("A", 30, 5);
  EXPECT_EQ(scenario.sequences().evicted(), 1u) << "the window of the others was over";
}

}  // namespace
}  // namespace picket
