// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/predicate.h"

#include <algorithm>
#include <utility>

#include "rules/match/check.h"

namespace picket::planning {
namespace {

template <class Number>
void append(std::string& key, const Number& number) {
  key.append(reinterpret_cast<const char*>(&number), sizeof number);
}

}  // namespace

PredicateId Predicates::check(Kind kind, Lane lane, const language::Node& check) {
  return intern({Predicate::Op::Check, kind, lane, &check, {}});
}

PredicateId Predicates::negated(PredicateId of) {
  return intern({Predicate::Op::Not, all_[of].kind, all_[of].lane, nullptr, {of}});
}

PredicateId Predicates::joined(Predicate::Op op, std::vector<PredicateId> parts) {
  std::vector<PredicateId> flat;
  for (const PredicateId part : parts) {
    const Predicate& one = all_[part];
    if (one.op == op) {
      flat.insert(flat.end(), one.parts.begin(), one.parts.end());
    } else {
      flat.push_back(part);
    }
  }
  std::sort(flat.begin(), flat.end());
  flat.erase(std::unique(flat.begin(), flat.end()), flat.end());
  if (flat.size() == 1) return flat.front();
  const Predicate& first = all_[flat.front()];
  return intern({op, first.kind, first.lane, nullptr, std::move(flat)});
}

PredicateId Predicates::intern(Predicate predicate) {
  std::string key;
  append(key, predicate.op);
  append(key, predicate.kind);
  append(key, predicate.lane);
  append(key, predicate.check);
  for (const PredicateId part : predicate.parts) append(key, part);
  const auto [place, added] = known_.try_emplace(std::move(key), static_cast<PredicateId>(all_.size()));
  if (added) all_.push_back(std::move(predicate));
  return place->second;
}

bool Predicates::holds(PredicateId id, const Event& event, Scratch& scratch) const {
  const Predicate& one = all_[id];
  const auto part_holds = [&](PredicateId part) { return holds(part, event, scratch); };
  switch (one.op) {
    case Predicate::Op::Check:
      return check_holds(*one.check, event, scratch);
    case Predicate::Op::Not:
      return !part_holds(one.parts.front());
    case Predicate::Op::And:
      return std::all_of(one.parts.begin(), one.parts.end(), part_holds);
    case Predicate::Op::Or:
      break;
  }
  return std::any_of(one.parts.begin(), one.parts.end(), part_holds);
}

std::string Predicates::print(PredicateId id) const {
  const Predicate& one = all_[id];
  if (one.op == Predicate::Op::Check) return language::print(*one.check);
  if (one.op == Predicate::Op::Not) return "not " + print(one.parts.front());
  std::string text;
  for (const PredicateId part : one.parts) {
    if (!text.empty()) text += one.op == Predicate::Op::And ? " and " : " or ";
    const bool compound = all_[part].op == Predicate::Op::And || all_[part].op == Predicate::Op::Or;
    text += compound ? "(" + print(part) + ")" : print(part);
  }
  return text;
}

}  // namespace picket::planning
