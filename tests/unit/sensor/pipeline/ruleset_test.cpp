// SPDX-License-Identifier: Apache-2.0
//
// Rules as a reload sees them: read, compared with those before, and put in force between two events.
#include "sensor/pipeline/ruleset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "rules/compile/compile.h"
#include "sensor/pipeline/engine.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using testing::HasSubstr;

std::string rule(const std::string& name, const std::string& condition, const std::string& output = "o",
                 const std::string& more = "") {
  return "- rule: " + name + "\n  desc: d\n  condition: " + condition + "\n  output: \"" + output +
         "\"\n  priority: INFO\n" + more;
}

Policy policy_of(const std::string& text) {
  policy::Documents documents;
  policy::load_text("test.yaml", text, documents);
  Compiled compiled = compile(documents);
  for (const auto& diagnostic : compiled.diagnostics) ADD_FAILURE() << render(diagnostic);
  return std::move(compiled.policy);
}

TEST(Ruleset, Changes) {
  const std::string a = rule("a", "evt.type = openat"), b = rule("b", "evt.type = connect");
  const struct {
    std::string before, after;
    std::size_t added, removed, changed;
  } rows[] = {
      {a + b, a + b, 0, 0, 0},
      {a + b, b + a, 0, 0, 0},
      {a, a + b, 1, 0, 0},
      {a + b, b, 0, 1, 0},
      {a, b, 1, 1, 0},
      {a, rule("a", "evt.type = openat and proc.name = x"), 0, 0, 1},
      {a, rule("a", "evt.type = openat", "other"), 0, 0, 1},
      {a, rule("a", "evt.type = openat", "%proc.name"), 0, 0, 1},
      {a, rule("a", "evt.type = openat", "o", "  tags: [t]\n"), 0, 0, 1},
      {a, rule("a", "(evt.type   = openat)"), 0, 0, 0},
      {a, rule("a", "evt.type = openat", "o", "  enabled: false\n") + b, 1, 1, 0},
  };
  for (const auto& row : rows) {
    const RuleChanges changes = compare(policy_of(row.before), policy_of(row.after));
    EXPECT_EQ(row.added, changes.added) << row.after;
    EXPECT_EQ(row.removed, changes.removed) << row.after;
    EXPECT_EQ(row.changed, changes.changed) << row.after;
  }
}

TEST(Ruleset, IsLoadedWholeOrNotAtAll) {
  const std::string path = testing::TempDir() + "picket-ruleset-" + std::to_string(getpid()) + ".yaml";
  const auto load = [&path](const std::string& text) {
    std::ofstream(path) << text;
    return load_rules({path});
  };
  const LoadedRules right = load(rule("a", "evt.type = openat"));
  EXPECT_EQ(1u, right.ruleset->policy.rules.size());
  EXPECT_NE(nullptr, right.ruleset->matching);
  const LoadedRules broken = load(rule("a", "evt.type = openat") + rule("b", "no.such = 1"));
  EXPECT_EQ(nullptr, broken.ruleset);
  EXPECT_THAT(broken.diagnostics, HasSubstr(path + ":8:14: error: "));
  unlink(path.c_str());
  EXPECT_THAT(load_rules({path}).diagnostics, HasSubstr("error: cannot read this"));
}

class CountingSink : public Sink {
 public:
  explicit CountingSink(std::vector<std::string>& lines) : lines_(lines) {}
  void write(std::string_view line) override { lines_.emplace_back(line); }
  void flush() override {}
  const SinkCounters& counters() const override { return counters_; }
  std::string_view name() const override { return "memory"; }

 private:
  std::vector<std::string>& lines_;
  SinkCounters counters_;
};

// What waits is evaluated by the rules that are in force when it has waited.
TEST(Ruleset, IsPutInForceBetweenTwoEvents) {
  std::vector<std::string> lines;
  std::vector<std::unique_ptr<Sink>> sinks;
  sinks.push_back(std::make_unique<CountingSink>(lines));
  Outputs outputs({"host", "b007"}, std::move(sinks), {}, false);
  Ruleset first(policy_of(rule("first", "evt.type = openat and evt.rawres >= 0")));
  Ruleset second(policy_of(rule("second", "evt.type = openat")));
  ProcessTable processes;
  test::FakeNames names;
  ContainerTable containers({.reads_state = false});
  Engine engine(first.policy, processes, containers, names, outputs);

  test::Record<pk_open> record(Kind::open);
  record->header.process = pk_process_key(7, 1'000'000'000);
  record->header.syscall = 257;
  record->header.tid = 7;
  record->header.time = 5000;
  record->header.flags = PK_FLAG_result_follows;
  engine.on_record(record.bytes());
  EXPECT_TRUE(lines.empty()) << "it waits for its outcome";

  const auto former = engine.change_rules(second.policy, std::make_unique<Matching>(second.policy));
  EXPECT_NE(nullptr, former);
  test::Record<pk_result> result(Kind::result);
  result->header.tid = 7;
  result->since = 5000;
  engine.on_record(result.bytes());
  ASSERT_EQ(1u, lines.size());
  EXPECT_THAT(lines[0], HasSubstr("\"rule\":\"second\""));

  engine.on_record(record.bytes());
  EXPECT_EQ(2u, lines.size()) << "nobody asks for outcomes any more: it does not wait";
}

}  // namespace
}  // namespace picket
