// SPDX-License-Identifier: Apache-2.0
//
// The rules that ship, against the events that they bring along as tests.
#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <set>

#include "rules/compile/compile.h"
#include "rules/match/match.h"
#include "rules/match/output_text.h"

namespace picket {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class Builtin : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    compiled_ = new Compiled(compile(policy::load({PICKET_SOURCE_DIR "/rules/builtin"})));
    matcher_ = new Matcher(compiled_->policy);
  }
  static void TearDownTestSuite() {
    delete matcher_;
    delete compiled_;
  }

  // The rule that reports the last event of the test.
  const Rule* match(const RuleTest& test) { return matcher_->first_match(test.events.back().made.event(), scratch_); }

  static inline Compiled* compiled_ = nullptr;
  static inline Matcher* matcher_ = nullptr;
  Scratch scratch_;
};

std::string name_of(const Rule* rule) { return rule ? rule->name : "no rule"; }

TEST_F(Builtin, CompilesWithoutAWord) {
  for (const Diagnostic& diagnostic : compiled_->diagnostics) ADD_FAILURE() << render(diagnostic);
  EXPECT_GE(compiled_->policy.rules.size(), 14u);
}

// More than `picket test` asks for: no other rule of the pack comes first, and none takes what a rule must leave alone.
TEST_F(Builtin, EachTestIsMetByItsRuleAloneOrByNone) {
  for (const RuleTest& test : compiled_->tests) {
    EXPECT_EQ(name_of(match(test)), test.match ? test.rule : "no rule") << test.rule << render(test.finding);
  }
}

TEST_F(Builtin, EveryRuleHasAMatchAndAMiss) {
  std::set<std::pair<std::string, bool>> shown;
  for (const RuleTest& test : compiled_->tests) shown.emplace(test.rule, test.match);
  for (const Rule& rule : compiled_->policy.rules) {
    for (const bool match : {true, false}) EXPECT_TRUE(shown.contains({rule.name, match})) << rule.name;
  }
}

TEST_F(Builtin, OutputsNameWhatIsKnown) {
  for (const RuleTest& test : compiled_->tests) {
    if (!test.match) continue;
    const Rule* rule = match(test);
    ASSERT_NE(rule, nullptr) << test.rule;
    OutputText made;
    const Event event = test.events.back().made.event();
    made.make(rule->output, event, scratch_);
    const std::string output(made.text());
    EXPECT_THAT(output, Not(HasSubstr("<NA>"))) << test.rule;
    for (const std::string* part : {&event.process->cmdline, &event.process->exe_path, &event.process->parent->comm}) {
      EXPECT_THAT(output, HasSubstr(*part)) << test.rule;
    }
    EXPECT_THAT(output, HasSubstr("user=root")) << test.rule;
  }
}

// T1234 or T1234.567
bool is_technique(const std::string& tag) {
  const bool sub = tag.size() == 9 && tag[5] == '.';
  if (tag[0] != 'T' || !(tag.size() == 5 || sub)) return false;
  return tag.find_first_not_of("0123456789", 1) == (sub ? 5 : tag.npos);
}

// Each file is a tactic, and every rule in it has that tactic and a technique.
TEST_F(Builtin, EveryRuleIsPlacedInAttack) {
  for (const Rule& rule : compiled_->policy.rules) {
    const std::string tactic = "mitre_" + std::filesystem::path(rule.where.file).stem().string();
    EXPECT_TRUE(std::any_of(rule.tags.begin(), rule.tags.end(), is_technique)) << rule.name;
    EXPECT_THAT(rule.tags, Contains(tactic)) << rule.name;
    EXPECT_FALSE(rule.description.empty()) << rule.name;
  }
}

// The first rule that matches is the one that is reported, so the more particular one must come first.
TEST_F(Builtin, ParticularRulesComeBeforeGeneralOnes) {
  std::map<std::string, std::size_t> places;
  for (const Rule& rule : compiled_->policy.rules) places.emplace(rule.name, places.size());
  for (const auto& [name, place] : places) {
    const auto& rule = compiled_->policy.rules[place];
    const bool persistence = rule.where.file.ends_with("persistence.yaml");
    if (persistence && !name.starts_with("Write below")) {
      EXPECT_LT(place, places.at("Write below etc")) << name;
      EXPECT_LT(place, places.at("Write below program directory")) << name;
    }
  }
  EXPECT_LT(places.at("Cloud metadata asked by untrusted program"), places.at("Shell connected to the network"));
  EXPECT_LT(places.at("Program run from memory"), places.at("Shell or interpreter on a socket"));
  EXPECT_LT(places.at("Program run from shared memory"), places.at("Shell spawned by web server"));
}

}  // namespace
}  // namespace picket
