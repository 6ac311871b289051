// SPDX-License-Identifier: Apache-2.0
//
// A condition for one kind of event as an OR of conjuncts. Each asks at most one thing of a lane; what it leaves to
// user space counts as true.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "rules/plan/decide.h"

namespace picket::planning {

inline constexpr std::size_t kMostConjuncts = 64;  // of a rule for one kind

// What is left to user space, and why.
struct Left {
  NodeId node;
  bool negated;
  Why why;
  // It asks for the outcome and holds of what succeeds. A rule that denies may ask so: the kernel refuses what would
  // have been done.
  bool presumed = false;
  bool operator==(const Left&) const = default;
};

struct Conjunct {
  std::vector<std::pair<Lane, PredicateId>> asks;  // sorted by lane
  std::vector<Left> left;                          // none: the conjunct is the whole truth
};

using Conjuncts = std::vector<Conjunct>;

// Of the conditions in `shared`, one kind after another.
class ConjunctMaker {
 public:
  ConjunctMaker(const SharedConditions& shared, Predicates& predicates, Decider& decider)
      : shared_(shared), predicates_(predicates), decider_(decider) {}

  // Forgets the kind before.
  void begin() { known_.clear(); }

  // At most kMostConjuncts; none: it cannot hold. The view is good until begin().
  const Conjuncts& of(NodeId node) { return of(node, false); }

 private:
  const Conjuncts& of(NodeId node, bool negated);
  Conjuncts make(NodeId node, bool negated);
  Conjuncts of_check(NodeId node, bool negated);
  Conjuncts either(NodeId node, bool negated);
  Conjuncts both(NodeId node, bool negated);
  Conjunct merge(const Conjunct& a, const Conjunct& b);
  void simplify(Conjuncts& all);

  const SharedConditions& shared_;
  Predicates& predicates_;
  Decider& decider_;
  std::unordered_map<std::uint64_t, Conjuncts> known_;  // by node, and whether it is negated
};

}  // namespace picket::planning
