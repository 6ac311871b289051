// SPDX-License-Identifier: Apache-2.0
//
// Draft: the policy's conjuncts by kind, what their predicates say of which keys, and the bits they get. From it the
// image is written.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "rules/language/rule.h"
#include "rules/plan/conjuncts.h"
#include "rules/plan/rows.h"
#include "rules/plan/truth.h"

namespace picket::planning {

// One conjunct of one rule.
struct Drafted {
  Kind kind;
  std::uint32_t rule;
  Conjunct conjunct;                    // what always holds is not among what it asks
  bool exclusive;                       // it wants a bit of its own: its rule denies
  std::vector<PredicateId> unplaced{};  // what it asked of lanes that had no room
  std::uint32_t bit = 0;
  bool shared = false;

  // What it asks of that lane; nothing, most often.
  std::optional<PredicateId> ask_of(Lane lane) const {
    for (const auto& [of, predicate] : conjunct.asks) {
      if (of == lane) return predicate;
    }
    return std::nullopt;
  }

  // Why the kernel cannot refuse by it; nothing when it can.
  const Left* undecided() const {
    const auto found = std::find_if(conjunct.left.begin(), conjunct.left.end(),
                                    [this](const Left& left) { return !exclusive || !left.presumed; });
    return found == conjunct.left.end() ? nullptr : &*found;
  }

  bool complete() const { return undecided() == nullptr && unplaced.empty() && !shared; }
};

// The keys of a lane of one kind, or (kind 0) of the subject.
using LaneId = std::pair<unsigned, Lane>;

struct Draft {
  SharedConditions shared;
  Predicates predicates;
  std::map<LaneId, LaneKeys> keys;
  std::unordered_map<PredicateId, Truth> truths;
  std::vector<Drafted> conjuncts;  // by kind, then by bit
  std::array<Block, kKindEnd> blocks{};
  std::array<std::size_t, kKindEnd> crowded{};  // how many conjuncts of a kind share bits
  std::unique_ptr<Decider> decider;             // owns the checks that no rule has

  bool asks_containers() const {
    return std::any_of(conjuncts.begin(), conjuncts.end(),
                       [](const Drafted& one) { return one.ask_of(kContainerLane).has_value(); });
  }

  static LaneId lane_id(Kind kind, Lane lane) { return {is_subject(lane) ? 0u : static_cast<unsigned>(kind), lane}; }
};

// `exclusive[rule]`: the rule denies or kills.
std::unique_ptr<Draft> draft(const Policy& policy, const std::vector<bool>& exclusive);

}  // namespace picket::planning
