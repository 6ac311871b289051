// SPDX-License-Identifier: Apache-2.0
//
// The image against the oracle: random rules and random events of all kinds that the kernel decides. No event that a
// rule matches may be kept back; a complete conjunct has to be a candidate just when it holds; the rule that refuses is
// the first one that matches.
//
// PICKET_PLAN_SETS and PICKET_PLAN_EVENTS make it longer than it is in an ordinary run.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>

#include "rules/match/match.h"
#include "rules/plan/judge.h"
#include "rules/plan/plan.h"
#include "tests/support/compile.h"
#include "tests/support/made_activity.h"

namespace picket {
namespace {

std::size_t number_of(const char* variable, std::size_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoul(text, nullptr, 10);
}

std::uint32_t class_of(const Plan& made, const Event& event) {
  return made.containers->class_of(event.container, *made.image);
}

// What the event has, and what the rules are planned as: for whoever has to find out.
std::string described(const Policy& policy, const Plan& made, const Event& event) {
  std::string text;
  Scratch scratch;
  for (const Field& field : all_fields()) {
    if (!field.kinds.contains(event.kind()) || field.argument == Argument::RequiredName) continue;
    const Value value = field.get(event, -1, scratch);
    if (!present(value)) continue;
    text.append(field.name).append(" ");
    append_text(text, value);
    text += '\n';
  }
  for (const PlannedConjunct& one : made.conjuncts) {
    if (one.kind != event.kind()) continue;
    text += std::to_string(one.number) + " rule " + std::to_string(one.rule) + (one.complete ? " complete" : "");
    text += is_candidate(*made.image, event, one.number, class_of(made, event)) ? " candidate: " : ": ";
    for (const PlannedPart& part : one.parts) text += "[" + part.lane + "] " + part.text + "; ";
    text += "\n    " + print(*policy.rules[one.rule].condition) + "\n";
  }
  return text;
}

// How often each kind of answer was given: else this may show little.
struct Seen {
  std::size_t events = 0, wanted = 0, matching = 0, refused = 0, audited = 0, complete = 0, complete_holding = 0;
};

class Agreement : public testing::Test {
 protected:
  void compare(const Policy& policy, const Plan& made, const Event& event) {
    const pk_verdict verdict = judge(*made.image, event, class_of(made, event));
    const Rule *matching = nullptr, *enforced = nullptr, *audited = nullptr;
    for (std::size_t number = 0; number < policy.rules.size(); ++number) {
      const Rule& rule = policy.rules[number];
      const bool holds = rule.kinds.contains(event.kind()) && evaluate(*rule.condition, event, scratch_);
      check(made, number, event, holds);
      if (!holds) continue;
      matching = &rule;
      if (!rule.response.enforces() || !made.obstacles[number].empty()) continue;
      const Mode mode = rule.response.mode.value_or(Mode::Enforce);
      if (mode == Mode::Enforce && enforced == nullptr) enforced = &rule;
      if (mode == Mode::Audit && audited == nullptr) audited = &rule;
    }
    ASSERT_TRUE(verdict.wanted || matching == nullptr);
    if (!is_cut(event)) {
      ASSERT_EQ(name(enforced), name(rule_of(policy, made, verdict.enforce)));
      ASSERT_EQ(name(audited), name(rule_of(policy, made, verdict.audit)));
    }
    ++seen.events;
    seen.wanted += verdict.wanted;
    seen.matching += matching != nullptr;
    seen.refused += enforced != nullptr;
    seen.audited += audited != nullptr;
    scratch_.clear();
  }

  Seen seen;

 private:
  // The conjuncts of one rule.
  void check(const Plan& made, std::size_t rule, const Event& event, bool holds) {
    bool candidate = false, all_complete = true, some_complete = false;
    for (const PlannedConjunct& one : made.conjuncts) {
      if (one.rule != rule || one.kind != event.kind()) continue;
      const bool can_hold = is_candidate(*made.image, event, one.number, class_of(made, event));
      candidate = candidate || can_hold;
      all_complete = all_complete && one.complete;
      some_complete = some_complete || (one.complete && can_hold);
      seen.complete += one.complete;
      seen.complete_holding += one.complete && can_hold;
    }
    ASSERT_TRUE(candidate || !holds) << "rule " << rule;
    if (is_cut(event)) return;
    ASSERT_TRUE(holds || !some_complete) << "rule " << rule;
    ASSERT_TRUE(holds == candidate || !all_complete) << "rule " << rule;
  }

  // A path that is not whole could be any: more is found than holds.
  static bool is_cut(const Event& event) {
    const unsigned cut = PK_FLAG_path_truncated | PK_FLAG_old_path_truncated;
    return ((event.header->flags | event.process->flags) & cut) != 0;
  }

  static const Rule* rule_of(const Policy& policy, const Plan& made, std::uint32_t number) {
    if (number == 0) return nullptr;
    for (const PlannedConjunct& one : made.conjuncts) {
      if (one.number == number - 1) return &policy.rules[one.rule];
    }
    return nullptr;
  }

  static std::string name(const Rule* rule) { return rule == nullptr ? "none" : rule->name; }

  Scratch scratch_;
};

TEST_F(Agreement, OfImageAndOracle) {
  const std::size_t sets = number_of("PICKET_PLAN_SETS", 200), events = number_of("PICKET_PLAN_EVENTS", 500);
  const auto begin = std::chrono::steady_clock::now();
  for (unsigned seed = 0; seed < sets; ++seed) {
    test::MadeActivity activity(seed);
    const Compiled compiled = test::compile_some(activity.rules(seed % 4 == 0 ? 3 : 25));
    const Plan made = plan(compiled.policy, {Mode::Enforce, seed});
    for (std::size_t i = 0; i < events; ++i) {
      const MadeEvent event = activity.event();
      compare(compiled.policy, made, event.event());
      if (HasFatalFailure()) {
        FAIL() << "seed " << seed << ", event " << i << " " << kind_name(event.kind()) << "\n"
               << described(compiled.policy, made, event.event());
      }
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf(
      "%zu events: %zu matched, %zu wanted, %zu refused, %zu audited; %zu complete conjuncts, %zu held; %.1f s\n",
      seen.events, seen.matching, seen.wanted, seen.refused, seen.audited, seen.complete, seen.complete_holding,
      took.count());
  EXPECT_GT(seen.matching, seen.events / 20);
  EXPECT_LT(seen.wanted, seen.events);
  EXPECT_GT(seen.refused, seen.events / 100);
}

}  // namespace
}  // namespace picket
