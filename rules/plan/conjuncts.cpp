// SPDX-License-Identifier: Apache-2.0
//
// `not` is pushed down to the checks. An OR gathers what asks one lane only into one predicate, so that lists of values
// make no alternatives; an AND multiplies, and where that would make too much of it the part that does is left to user
// space.
#include "rules/plan/conjuncts.h"

#include <algorithm>
#include <map>

namespace picket::planning {
namespace {

using NodeKind = language::Node::Kind;

// All that `a` asks `b` asks too: whenever b can hold, so can a.
bool covers(const Conjunct& a, const Conjunct& b) {
  return std::includes(b.asks.begin(), b.asks.end(), a.asks.begin(), a.asks.end());
}

void add_left(std::vector<Left>& into, const std::vector<Left>& more) {
  for (const Left& one : more) {
    if (std::find(into.begin(), into.end(), one) == into.end()) into.push_back(one);
  }
}

}  // namespace

const Conjuncts& ConjunctMaker::of(NodeId node, bool negated) {
  const std::uint64_t key = std::uint64_t{node} << 1 | (negated ? 1 : 0);
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  Conjuncts made = make(node, negated);
  return known_.emplace(key, std::move(made)).first->second;
}

Conjuncts ConjunctMaker::make(NodeId id, bool negated) {
  const SharedConditions::Node& node = shared_.nodes()[id];
  if (node.kind == NodeKind::Check) return of_check(id, negated);
  if (node.kind == NodeKind::Not) return of(shared_.children(node).front(), !negated);
  return (node.kind == NodeKind::And) != negated ? both(id, negated) : either(id, negated);
}

Conjuncts ConjunctMaker::of_check(NodeId id, bool negated) {
  const Decision decision = decider_.decide(*shared_.nodes()[id].check);
  const auto& predicates = decision.predicates;
  if (decision.is == Decision::Is::Never || decision.is == Decision::Is::Always) {
    const bool holds = (decision.is == Decision::Is::Always) != negated;
    return holds ? Conjuncts(1) : Conjuncts();
  }
  if (decision.is == Decision::Is::Lanes && negated) {
    Conjuncts one_fails;
    for (const PredicateId one : predicates) {
      const Lane lane = predicates_[one].lane;
      one_fails.push_back({{{lane, predicates_.negated(one)}}, {}});
    }
    return one_fails;
  }
  Conjunct all;
  if (decision.is == Decision::Is::UserSpace) {
    all.left = {{id, negated, decision.why, decision.why == Why::Outcome && decision.presumed != negated}};
  }
  if (!negated) {
    for (const PredicateId one : predicates) all = merge(all, {{{predicates_[one].lane, one}}, {}});
  }
  return {all};
}

Conjuncts ConjunctMaker::either(NodeId id, bool negated) {
  Conjuncts all;
  std::map<Lane, std::vector<PredicateId>> alone;
  for (const NodeId child : shared_.children(shared_.nodes()[id])) {
    for (const Conjunct& one : of(child, negated)) {
      if (one.left.empty() && one.asks.size() == 1) {
        alone[one.asks.front().first].push_back(one.asks.front().second);
      } else {
        all.push_back(one);
      }
    }
  }
  for (auto& [lane, parts] : alone) all.push_back({{{lane, predicates_.any_of(std::move(parts))}}, {}});
  simplify(all);
  if (all.size() > kMostConjuncts) return {{{}, {{id, negated, Why::Size}}}};
  return all;
}

Conjuncts ConjunctMaker::both(NodeId id, bool negated) {
  Conjuncts all(1);
  for (const NodeId child : shared_.children(shared_.nodes()[id])) {
    const Conjuncts& parts = of(child, negated);
    if (all.size() * parts.size() > kMostConjuncts * kMostConjuncts) {
      for (Conjunct& one : all) add_left(one.left, {{child, negated, Why::Size}});
      continue;
    }
    Conjuncts product;
    for (const Conjunct& one : all) {
      for (const Conjunct& part : parts) product.push_back(merge(one, part));
    }
    simplify(product);
    if (product.size() > kMostConjuncts) {
      for (Conjunct& one : all) add_left(one.left, {{child, negated, Why::Size}});
    } else {
      all = std::move(product);
    }
  }
  return all;
}

Conjunct ConjunctMaker::merge(const Conjunct& a, const Conjunct& b) {
  Conjunct all;
  all.left = a.left;
  add_left(all.left, b.left);
  auto right = b.asks.begin();
  for (const auto& ask : a.asks) {
    while (right != b.asks.end() && right->first < ask.first) all.asks.push_back(*right++);
    if (right != b.asks.end() && right->first == ask.first) {
      all.asks.push_back({ask.first, predicates_.all_of({ask.second, (right++)->second})});
    } else {
      all.asks.push_back(ask);
    }
  }
  all.asks.insert(all.asks.end(), right, b.asks.end());
  return all;
}

// What another one covers finds nothing more. Of equals the complete one stays; when none is, what is left of the
// others is what user space looks at, too.
void ConjunctMaker::simplify(Conjuncts& all) {
  if (all.size() < 2) return;
  std::stable_sort(all.begin(), all.end(), [](const Conjunct& a, const Conjunct& b) {
    return std::pair(a.asks.size(), !a.left.empty()) < std::pair(b.asks.size(), !b.left.empty());
  });
  Conjuncts kept;
  for (Conjunct& one : all) {
    const auto cover =
        std::find_if(kept.begin(), kept.end(), [&one](const Conjunct& each) { return covers(each, one); });
    if (cover == kept.end()) {
      kept.push_back(std::move(one));
    } else if (!cover->left.empty()) {
      add_left(cover->left, one.left);
    }
  }
  all = std::move(kept);
}

}  // namespace picket::planning
