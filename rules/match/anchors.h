// SPDX-License-Identifier: Apache-2.0
//
// Anchors: of a condition, literals of which at least one must be met for it to hold. `fd.name startswith /etc and not
// proc.name = sh` has the anchor /etc, `proc.name in (nc, ncat)` has two. Of the ways to anchor a condition the one is
// taken that is met most rarely, as far as that can be told from the literals: long ones before short ones, those of
// few rules before those of many.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "rules/match/shared.h"

namespace picket {

// How a literal is found, given the value.
enum class Lookup { Whole, Prefix, PathPrefix, Suffix, Fragment, Pattern, Number, Network };

struct Anchor {
  TermId term = 0;
  Lookup lookup = Lookup::Whole;
  std::string text;                                        // Whole to Fragment
  std::uint64_t number = 0;                                // Number: its bits
  Address address = {};                                    // Network
  std::uint8_t prefix = 0;                                 // Network: how many of its bits count
  std::shared_ptr<const language::Regex> regex = nullptr;  // Pattern
};

// "proc.name = sh", "fd.name startswith /etc": what a value has to be, as a check would say it.
std::string print(const Anchor& anchor, const SharedConditions& conditions);

class Anchors {
 public:
  // Of these conditions, of one of which each rule is. Both must outlive this.
  Anchors(const SharedConditions& conditions, std::span<const NodeId> rules);

  // Those of a condition; none when it can hold without any.
  std::vector<Anchor> of(NodeId condition);

 private:
  // Of a check: for each literal what a value has that passes it, of which one look will do. One of the literals must
  // be met, or (`all`) each of them.
  struct Choice {
    std::vector<std::vector<Anchor>> literals;
    bool all = false;
  };

  void choose(NodeId check);
  void count(NodeId condition, std::uint32_t rule, std::vector<std::uint32_t>& seen_by);
  double cost_of(const Anchor& anchor) const;
  double cost_of(const Choice& choice) const;
  const Anchor& rarest(const std::vector<Anchor>& alternatives) const;
  void collect(NodeId node, std::vector<Anchor>& into);
  void add(const Anchor& anchor, std::vector<Anchor>& into);

  const SharedConditions& conditions_;
  std::unordered_map<NodeId, Choice> choices_;                 // of the checks that have any
  std::unordered_map<std::uint64_t, std::uint32_t> rules_of_;  // by the hash of an anchor: how many rules have it
  std::vector<double> costs_;                                  // of all nodes
  std::unordered_map<const language::Regex*, std::vector<std::string>> required_;
};

}  // namespace picket
