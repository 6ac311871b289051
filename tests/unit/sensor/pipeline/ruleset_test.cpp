// SPDX-License-Identifier: Apache-2.0
//
// Rules as a reload sees them: read, compared with those before, and put in force between two events.
#include "sensor/pipeline/ruleset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "rules/compile/compile.h"
#include "sensor/pipeline/engine.h"
#include "sensor/trust/seal.h"
#include "tests/support/memory_sink.h"
#include "tests/support/record.h"
#include "tests/support/signing.h"

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
    return load_rules({path}, {.mode = Mode::Enforce}, nullptr);
  };
  const LoadedRules right = load(rule("a", "evt.type = openat"));
  EXPECT_EQ(1u, right.ruleset->policy.rules.size());
  EXPECT_NE(nullptr, right.ruleset->matching);
  const LoadedRules broken = load(rule("a", "evt.type = openat") + rule("b", "no.such = 1"));
  EXPECT_EQ(nullptr, broken.ruleset);
  EXPECT_THAT(broken.diagnostics, HasSubstr(path + ":8:14: error: "));
  unlink(path.c_str());
  EXPECT_THAT(load_rules({path}, {.mode = Mode::Enforce}, nullptr).diagnostics, HasSubstr("error: cannot read this"));
}

// With trusted keys: signed, read and compiled are the same bytes, and a step is taken only once it is in force.
class SignedRuleset : public testing::Test {
 protected:
  // Rule files a.yaml and b.yaml of the policy, and its signature.
  void write(const std::string& text) const { directory_.write("rules/b.yaml", text); }
  void sign(std::uint64_t version) const {
    const std::vector<policy::RuleFile> files = policy::read_files({directory_ / "rules"});
    std::vector<trust::PolicyFile> views;
    for (const policy::RuleFile& file : files) views.push_back({file.path, *file.text});
    const auto manifest = trust::make_manifest(views, version);
    const auto key = trust::PrivateKey::read(directory_ / "alice.key");
    directory_.write("policy.sig",
                     trust::seal(trust::kPolicyTitle, trust::print(std::get<trust::Manifest>(manifest)), *key));
  }
  std::unique_ptr<trust::Trust> open() const {
    return *trust::Trust::open({{directory_ / "alice.pub"}, directory_ / "policy.sig", directory_ / "record"});
  }
  LoadedRules load() const { return load_rules({directory_ / "rules"}, {.mode = Mode::Enforce}, trust_.get()); }
  static void put_in_force(LoadedRules& loaded) { record(*loaded.approval); }

  test::SigningDirectory directory_;
  const std::string first_ = directory_.write("rules/a.yaml", rule("a", "evt.type = openat"));
  const std::unique_ptr<trust::Trust> trust_ = open();
};

TEST_F(SignedRuleset, IsPutInForceAndReplaced) {
  write(rule("b", "evt.type = connect"));
  sign(7);
  LoadedRules first = load();
  ASSERT_NE(nullptr, first.ruleset) << first.diagnostics;
  EXPECT_TRUE(first.trusted);
  EXPECT_EQ(2u, first.ruleset->policy.rules.size());
  EXPECT_EQ(std::string("version 7, signed by ") + test::kAlice.id, describe(first.approval->policy()));
  EXPECT_FALSE(directory_.has("record")) << "it is not in force yet";
  put_in_force(first);
  EXPECT_THAT(directory_.read("record"), HasSubstr("\nversion 7\n"));

  write(rule("b", "evt.type = bind"));
  sign(8);
  LoadedRules second = load();
  ASSERT_NE(nullptr, second.ruleset) << second.diagnostics;
  put_in_force(second);
  EXPECT_THAT(directory_.read("record"), HasSubstr("\nversion 8\n"));
}

TEST_F(SignedRuleset, IsRefusedUnlessAllOfItWasSigned) {
  const std::string b = rule("b", "evt.type = connect");
  const struct {
    const char* what;
    std::function<void()> change;
    const char* answer;
  } rows[] = {
      {"unsigned", [&] { directory_.remove("policy.sig"); }, "policy.sig: error: the policy is not signed"},
      {"altered", [&] { write(b + " "); }, "b.yaml: error: altered since it was signed"},
      {"not even parsed", [&] { write("- rule: ["); }, "b.yaml: error: altered since it was signed"},
      {"removed", [&] { directory_.remove("rules/b.yaml"); }, "error: the rule file 'b.yaml' was signed and is not"},
      {"added", [&] { directory_.write("rules/c.yml", b); }, "c.yml: error: not part of the signed policy"},
      {"unreadable", [&] { ASSERT_EQ(0, ::mkfifo((directory_ / "rules/d.yaml").c_str(), 0600)); },
       "d.yaml: error: cannot read this: not a regular file"},
      {"no directory", [&] { directory_.remove("rules"); }, "rules: error: cannot read this"},
      {"older", [&] { sign(6); }, "policy.sig: error: version 6 is older than 7, which was in force before"},
      {"other rules",
       [&] {
         write(b + "\n");
         sign(7);
       },
       "version 7 was in force before, with other rules"},
  };
  for (const auto& row : rows) {
    directory_.remove("rules");
    directory_.write("rules/a.yaml", rule("a", "evt.type = openat"));
    write(b);
    sign(7);
    LoadedRules right = load();
    ASSERT_NE(nullptr, right.ruleset) << right.diagnostics;
    put_in_force(right);

    row.change();
    const LoadedRules refused = load();
    EXPECT_EQ(nullptr, refused.ruleset) << row.what;
    EXPECT_FALSE(refused.trusted) << row.what;
    EXPECT_FALSE(refused.approval) << row.what;
    EXPECT_THAT(refused.diagnostics, HasSubstr(row.answer)) << row.what;
    EXPECT_THAT(refused.diagnostics, testing::Not(HasSubstr("not YAML"))) << row.what;
    EXPECT_THAT(directory_.read("record"), HasSubstr("\nversion 7\n"));
  }
}

// A signature does not make a mistake right; and what was refused for one is no step.
TEST_F(SignedRuleset, WithAMistakeIsNoStep) {
  write(rule("b", "no.such = 1"));
  sign(9);
  const LoadedRules broken = load();
  EXPECT_EQ(nullptr, broken.ruleset);
  EXPECT_TRUE(broken.trusted);
  EXPECT_THAT(broken.diagnostics, HasSubstr("b.yaml:3:14: error: "));
  EXPECT_FALSE(directory_.has("record"));
  EXPECT_FALSE(directory_.has("record.new"));

  write(rule("b", "evt.type = bind"));
  sign(8);
  EXPECT_NE(nullptr, load().ruleset);
}

// What waits is evaluated by the rules that are in force when it has waited.
TEST(Ruleset, IsPutInForceBetweenTwoEvents) {
  std::vector<std::string> lines;
  Outputs outputs({"host", "b007"},
                  test::call_sinks([&lines](const Message& message) { lines.emplace_back(message.text); }));
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
