// SPDX-License-Identifier: Apache-2.0
//
// Predicates: what a conjunct asks of one lane, as a tree of checks that all depend on that lane. Equal ones are one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "rules/language/ast.h"
#include "rules/plan/lane.h"

namespace picket::planning {

using PredicateId = std::uint32_t;

struct Predicate {
  enum class Op { Check, Not, And, Or };

  Op op;
  Kind kind;  // of the events that it is asked of
  Lane lane;
  const language::Node* check = nullptr;  // Check
  std::vector<PredicateId> parts;         // Not: one, a check; And, Or: two or more, sorted
};

class Predicates {
 public:
  // The check must outlive this. Equal checks are expected to be one node.
  PredicateId check(Kind kind, Lane lane, const language::Node& check);
  // `of` is a check.
  PredicateId negated(PredicateId of);
  // Of one kind and lane; at least one.
  PredicateId all_of(std::vector<PredicateId> parts) { return joined(Predicate::Op::And, std::move(parts)); }
  PredicateId any_of(std::vector<PredicateId> parts) { return joined(Predicate::Op::Or, std::move(parts)); }

  const Predicate& operator[](PredicateId id) const { return all_[id]; }

  bool holds(PredicateId id, const Event& event, Scratch& scratch) const;

  // As a condition would say it.
  std::string print(PredicateId id) const;

  // Calls use(check) for every check in it.
  template <class Use>
  void each_check(PredicateId id, Use use) const {
    const Predicate& one = all_[id];
    if (one.op == Predicate::Op::Check) return use(*one.check);
    for (const PredicateId part : one.parts) each_check(part, use);
  }

 private:
  PredicateId joined(Predicate::Op op, std::vector<PredicateId> parts);
  PredicateId intern(Predicate predicate);

  std::vector<Predicate> all_;
  std::unordered_map<std::string, PredicateId> known_;
};

}  // namespace picket::planning
