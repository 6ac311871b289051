// SPDX-License-Identifier: Apache-2.0
//
// What a single check becomes for one kind of event: constant, predicates of lanes, or something that only user space
// can tell, of which something may follow that the kernel can.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "rules/match/shared.h"
#include "rules/plan/networks.h"
#include "rules/plan/numbers.h"
#include "rules/plan/predicate.h"
#include "rules/plan/sample.h"

namespace picket::planning {

// Why the kernel does not decide a check.
enum class Why {
#define WHY(id, reason, hint) id,
#include "rules/plan/reasons.def"
#undef WHY
};

struct WhyRow {
  std::string_view reason, hint;
};
const WhyRow& row(Why why);

struct Decision {
  enum class Is { Never, Always, Lanes, UserSpace };

  Is is = Is::UserSpace;
  // Lanes: the check holds when all of these do, and only then. UserSpace: these hold whenever the check does.
  std::vector<PredicateId> predicates;
  Why why = Why::Operator;  // UserSpace
  bool presumed = false;    // with Why::Outcome: it holds of what succeeds
};

// The checks of one kind. `begin` takes all of them before the first decision, since those of a lane share its keys.
class Decider {
 public:
  explicit Decider(Predicates& predicates) : predicates_(predicates) {}

  // Nothing of a kind before is left but what it gave to the predicates.
  void begin(Kind kind, std::span<const language::Node* const> checks);

  Decision decide(const language::Node& check);

  // Of the kind's lane.
  const NumberKeys& numbers(Lane lane) { return numbers_[lane]; }
  const NetworkKeys& networks() const { return networks_; }

 private:
  Decision by_nothing(const language::Node& check);
  Decision by_kind(const language::Node& check);
  bool holds_for(const language::Node& check, int family, bool mapped = false);
  Decision by_address(const language::Node& check);
  Decision by_number(const language::Node& check, const Dependence& how);
  Decision by_network(const language::Node& check);
  Decision by_path(const language::Node& check, const Dependence& how);
  Decision by_text(const language::Node& check, const Dependence& how);
  void add_implied(const language::Node& check, const Dependence& how, Decision& decision);
  const language::Node& made(const language::Term& left, language::Operator op, std::vector<std::string> texts);

  Predicates& predicates_;
  Kind kind_ = Kind::open;
  std::unique_ptr<Sample> sample_;
  std::map<Lane, NumberKeys> numbers_;
  NetworkKeys networks_;
  std::unordered_map<std::string, std::unique_ptr<language::Node>> made_;  // checks that no rule has, by their text
  Scratch scratch_;
};

}  // namespace picket::planning
