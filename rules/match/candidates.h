// SPDX-License-Identifier: Apache-2.0
//
// Candidates: which rules can match an event, by their anchors. One look at the value of each term that anchors are
// about, however many rules there are.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "rules/event/event.h"
#include "rules/match/shared.h"
#include "rules/match/term_index.h"

namespace picket {

class Candidates {
 public:
  // What is known of a rule before its events.
  struct Subject {
    NodeId condition;
    KindSet kinds;
  };

  // Rules that have no anchors, or too few companions for a look to be worth while, are left to others: their numbers
  // are returned, in order. The conditions are frozen.
  std::vector<RuleIndex> build(const SharedConditions& conditions, std::span<const Subject> rules);

  // Those for the event that `conditions` has begun, in order, each once; valid until the next call.
  std::span<const RuleIndex> find(const Event& event, SharedConditions& conditions, Scratch& scratch);

 private:
  void note(std::span<const RuleIndex> rules, Kind kind);
  void next_event();

  std::vector<TermIndex> indices_;
  std::vector<bool> many_;                                    // of each index: the term stands for several values
  std::array<std::vector<std::uint32_t>, kKindEnd> of_kind_;  // indices that have rules of a kind
  std::vector<KindSet> kinds_;                                // of the rules
  std::vector<std::uint32_t> noted_;  // of the rules: the last event that they are candidates for
  std::vector<RuleIndex> found_;
  std::uint32_t event_ = 0;
};

}  // namespace picket
