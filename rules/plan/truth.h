// SPDX-License-Identifier: Apache-2.0
//
// The keys of a lane, and for which of them each predicate holds: found by asking the predicate of events made so.
//
// A predicate is asked only of the keys that its literals name. What it says of others follows: names and numbers that
// it does not name are all alike to it, of directories it tells apart only what one that it names is to a path: the
// path itself, the directory it is in, one farther up; and of networks only those that are within one that it names.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "rules/plan/networks.h"
#include "rules/plan/numbers.h"
#include "rules/plan/predicate.h"
#include "rules/plan/sample.h"

namespace picket::planning {

// By enum pk_relation. Names and numbers use the first alone.
using Relations = std::array<bool, PK_RELATIONS>;

struct Truth {
  struct At {
    std::uint32_t key;
    Relations holds;
  };

  Relations other{};     // of what is no key; of directories: of the root
  bool unnamed = false;  // lanes of paths: of a text that is no path from the root
  bool none = false;     // the same of no text at all; of addresses: of what has none
  std::vector<At> at;    // sorted by key

  bool never() const;
  bool always(Lane lane) const;
};

// The keys of one lane: of one kind, or of the subject.
class LaneKeys {
 public:
  explicit LaneKeys(Lane lane);

  Lane lane() const { return lane_; }

  std::uint32_t add(const std::string& text);  // names; directories with all those above them
  void set(const NumberKeys& numbers);
  void set(NetworkKeys networks) { networks_ = std::move(networks); }

  std::size_t size() const;
  const std::string& text(std::uint32_t key) const { return texts_[key]; }
  std::uint32_t parent(std::uint32_t directory) const { return parents_[directory]; }  // smaller than the key
  std::uint64_t number(std::uint32_t key) const { return numbers_[key]; }
  std::uint64_t mask() const { return mask_; }
  const NetworkKeys& networks() const { return networks_; }

  // `sample` is of the predicate's kind.
  Truth ask(const Predicates& predicates, PredicateId predicate, Sample& sample, Scratch& scratch);

 private:
  Truth ask_numbers(const Predicates& predicates, PredicateId predicate, Sample& sample, Scratch& scratch);
  Truth ask_networks(const Predicates& predicates, PredicateId predicate, Sample& sample, Scratch& scratch);
  std::optional<std::vector<std::uint32_t>> named_numbers(const Predicates& predicates, PredicateId predicate);
  std::vector<std::uint32_t> named(const Predicates& predicates, PredicateId predicate);

  Lane lane_;
  Keys form_;
  std::vector<std::string> texts_;
  std::vector<std::uint32_t> parents_;
  std::unordered_map<std::string, std::uint32_t> known_;
  std::vector<std::uint64_t> numbers_;
  std::uint64_t mask_ = 0, other_ = 0;
  NetworkKeys networks_;
};

}  // namespace picket::planning
