// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/plan.h"

#include <algorithm>
#include <random>
#include <tuple>
#include <utility>

#include "bpf/shared/judge.h"
#include "rules/event/text.h"
#include "rules/plan/calls.h"
#include "rules/plan/draft.h"
#include "rules/plan/image.h"
#include "rules/plan/obstacle.h"

namespace picket {
namespace {

using planning::Draft;
using planning::Drafted;
using planning::LaneId;
using planning::Obstacle;

// What the process table lives on.
constexpr KindSet kReportAll{Kind::setuid, Kind::setgid, Kind::capset, Kind::exec};

std::uint64_t random_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

// Small numbers are not seeds: of 97, the name "a" has the hash 0, which is the root's.
std::uint64_t spread(std::uint64_t seed) { return pk_mix(seed + 0x9e3779b97f4a7c15ull); }

// A sensor's own rule as a whole is what a diagnostic without a better place is about.
Diagnostic about(const Rule& rule, Severity severity, std::string message, std::string hint) {
  Diagnostic diagnostic;
  diagnostic.severity = severity;
  diagnostic.where = rule.acts.line == 0 ? rule.where : rule.acts;
  diagnostic.source_line = rule.acts.line == 0 ? std::string() : rule.acts_line;
  diagnostic.message = std::move(message);
  diagnostic.hint = std::move(hint);
  diagnostic.finding = Finding::Invalid;
  return diagnostic;
}

// `rule`: the first of those it is about.
Diagnostic warning(const Rule& rule, std::string message, std::string hint) {
  Diagnostic diagnostic;
  diagnostic.severity = Severity::Warning;
  diagnostic.where = rule.where;
  diagnostic.message = std::move(message);
  diagnostic.hint = std::move(hint);
  diagnostic.finding = Finding::Other;
  return diagnostic;
}

class Planner {
 public:
  Planner(const Policy& policy, const PlanOptions& options) : policy_(policy), options_(options) {}

  Plan run() {
    for (const Rule& rule : policy_.rules) exclusive_.push_back(rule.reports && rule.response.enforces());
    draft_ = planning::draft(policy_, exclusive_);
    plan_.image = std::make_unique<pk_image>();
    const std::uint64_t seed = options_.seed ? spread(*options_.seed) : random_seed();
    while (const auto full = planning::write_image(*draft_, deeds(), seed, *plan_.image)) relieve(*full);
    plan_.image->generation = 1;
    respond();
    warn();
    describe();
    classify();
    return std::move(plan_);
  }

 private:
  // ---- what is done ----

  // Of each rule: whether it is enforced. Anew whenever something was left out for want of room.
  planning::Deeds deeds() {
    std::vector<std::vector<const Drafted*>> by_rule(policy_.rules.size());
    for (const Drafted& one : draft_->conjuncts) by_rule[one.rule].push_back(&one);
    obstacles_.clear();
    planning::Deeds deeds;
    for (std::size_t rule = 0; rule < policy_.rules.size(); ++rule) {
      obstacles_.push_back(planning::obstacle(policy_.rules[rule], *draft_, by_rule[rule]));
      if (!exclusive_[rule] || obstacles_.back()) continue;
      const Mode mode = policy_.rules[rule].response.mode.value_or(options_.mode);
      if (mode == Mode::Observe) continue;
      auto& into = mode == Mode::Enforce ? deeds.enforce : deeds.audit;
      for (const Drafted* one : by_rule[rule]) into[static_cast<std::size_t>(one->kind)].push_back(one->bit);
    }
    return deeds;
  }

  // The half of the rules that ask a lane for the most keys are no longer told apart by it; those that deny come last.
  void relieve(LaneId full) {
    std::vector<std::tuple<bool, std::size_t, Drafted*>> asking;
    const auto ask_of = [full](Drafted& one) {
      auto& asks = one.conjunct.asks;
      return std::find_if(asks.begin(), asks.end(),
                          [&](const auto& ask) { return Draft::lane_id(one.kind, ask.first) == full; });
    };
    for (Drafted& one : draft_->conjuncts) {
      const auto ask = ask_of(one);
      if (ask == one.conjunct.asks.end()) continue;
      asking.emplace_back(!one.exclusive, draft_->truths.at(ask->second).at.size(), &one);
    }
    std::stable_sort(asking.begin(), asking.end(), [](const auto& a, const auto& b) {
      return std::tie(std::get<0>(a), std::get<1>(a)) > std::tie(std::get<0>(b), std::get<1>(b));
    });
    asking.resize((asking.size() + 1) / 2);
    for (const auto& [other, keys, one] : asking) {
      const auto ask = ask_of(*one);
      one->unplaced.push_back(ask->second);
      one->conjunct.asks.erase(ask);
      Relieved& relieved = relieved_.try_emplace(full, Relieved{one->rule, 0}).first->second;
      relieved.first_rule = std::min(relieved.first_rule, one->rule);
      ++relieved.count;
    }
  }

  void respond() {
    pk_image& image = *plan_.image;
    for (const Drafted& one : draft_->conjuncts) {
      const Response& response = policy_.rules[one.rule].response;
      if (!exclusive_[one.rule] || obstacles_[one.rule]) continue;
      image.responses[one.bit] = {static_cast<__s16>(response.deny ? -response.error : 0),
                                  static_cast<__u16>((response.kill ? PK_RESPONSE_KILL : 0u) |
                                                     (response.nobody_exempt ? PK_RESPONSE_ALL : 0u))};
    }
    for (unsigned number = 0; number < kKindEnd; ++number) {
      const auto kind = static_cast<Kind>(number);
      if (!planning::kDecidedKinds.contains(kind)) continue;
      image.kinds[number].flags = PK_PLAN_DECIDE | (kReportAll.contains(kind) ? PK_PLAN_REPORT_ALL : 0u);
    }
  }

  // ---- what is said ----

  void warn() {
    warn_of_calls();
    for (std::size_t rule = 0; rule < policy_.rules.size(); ++rule) {
      const auto& found = obstacles_[rule];
      plan_.obstacles.push_back(found ? found->reason : "");
      if (!exclusive_[rule] || !found) continue;
      const Response& response = policy_.rules[rule].response;
      plan_.diagnostics.push_back(about(policy_.rules[rule], Severity::Error,
                                        "the rule " + quote(policy_.rules[rule].name) + " cannot " +
                                            (response.deny ? "deny: " : "kill: ") + found->reason,
                                        found->hint));
    }
    for (unsigned kind = 0; kind < kKindEnd; ++kind) {
      if (draft_->crowded[kind] == 0) continue;
      const auto first = std::find_if(draft_->conjuncts.begin(), draft_->conjuncts.end(), [kind](const Drafted& one) {
        return one.shared && static_cast<unsigned>(one.kind) == kind;
      });
      plan_.diagnostics.push_back(warning(
          policy_.rules[first->rule],
          std::to_string(draft_->crowded[kind]) + " conditions about " + quote(kind_name(static_cast<Kind>(kind))) +
              " share what the kernel has for them: more events than necessary are looked at in user space",
          "use fewer rules, or put alternatives into lists"));
    }
    for (const auto& [lane, relieved] : relieved_) {
      plan_.diagnostics.push_back(warning(
          policy_.rules[relieved.first_rule],
          "the kernel's tables are full: " + std::to_string(relieved.count) + " conditions about " +
              quote(planning::lane_name(static_cast<Kind>(lane.first), lane.second)) + " are left to user space",
          "use fewer rules"));
    }
  }

  // Rules that deny by the call.
  void warn_of_calls() {
    std::map<std::pair<std::uint32_t, Kind>, std::vector<const Drafted*>> by_rule;
    for (const Drafted& one : draft_->conjuncts) {
      if (exclusive_[one.rule] && !obstacles_[one.rule]) by_rule[{one.rule, one.kind}].push_back(&one);
    }
    for (const auto& [of, conjuncts] : by_rule) {
      const std::string calls = planning::calls_passed_over(conjuncts, *draft_);
      if (calls.empty()) continue;
      const Rule& rule = policy_.rules[of.first];
      Diagnostic found =
          about(rule, Severity::Warning,
                "the rule " + quote(rule.name) + " passes over calls that do what it " +
                    (rule.response.deny ? "denies" : "kills for") + ", " + quote(kind_name(of.second)) + ": " + calls,
                "leave evt.type out to mean all of them");
      found.finding = Finding::Other;
      plan_.diagnostics.push_back(std::move(found));
    }
  }

  void describe() {
    for (const Drafted& one : draft_->conjuncts) {
      PlannedConjunct planned{one.kind, one.rule, one.bit, one.complete(), one.shared, {}};
      for (const auto& [lane, predicate] : one.conjunct.asks) {
        planned.parts.push_back({draft_->predicates.print(predicate), planning::lane_name(one.kind, lane), ""});
      }
      for (const planning::Left& left : one.conjunct.left) {
        planned.parts.push_back({planning::print(left, *draft_), "", std::string(planning::row(left.why).reason),
                                 one.exclusive && left.presumed});
      }
      for (const planning::PredicateId predicate : one.unplaced) {
        planned.parts.push_back(
            {draft_->predicates.print(predicate), "", std::string(planning::row(planning::Why::Room).reason)});
      }
      plan_.conjuncts.push_back(std::move(planned));
    }
  }

  // Takes the predicates out of the draft: the last step.
  void classify() {
    std::vector<ContainerClasses::Asked> asked;
    std::vector<std::uint64_t> rest(plan_.image->words);
    for (const Drafted& one : draft_->conjuncts) {
      if (const auto predicate = one.ask_of(planning::kContainerLane)) {
        asked.push_back({one.kind, one.bit, *predicate});
      } else {
        rest[one.bit / 64] |= 1ull << one.bit % 64;
      }
    }
    plan_.containers = std::make_unique<ContainerClasses>(std::move(draft_->predicates), std::move(asked),
                                                          std::move(rest), options_.unknown_container);
    plan_.containers->begin(*plan_.image);
  }

  // Of a lane: conjuncts that are not told apart by it.
  struct Relieved {
    std::uint32_t first_rule;
    std::size_t count;
  };

  const Policy& policy_;
  const PlanOptions& options_;
  std::vector<bool> exclusive_;  // by rule: it denies or kills
  std::unique_ptr<Draft> draft_;
  std::vector<std::optional<Obstacle>> obstacles_;
  std::map<LaneId, Relieved> relieved_;
  Plan plan_;
};

}  // namespace

Plan plan(const Policy& policy, const PlanOptions& options) { return Planner(policy, options).run(); }

}  // namespace picket
