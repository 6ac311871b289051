// SPDX-License-Identifier: Apache-2.0
//
// The keys of a lane of numbers. Either all combinations of a few bits, or single values: those that literals name, and
// all those between two limits when they are few; what is left is `other`.
#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "rules/language/ast.h"
#include "rules/plan/dependence.h"

namespace picket::planning {

inline constexpr std::size_t kMostNumbers = 4096;  // keys of a lane

class NumberKeys {
 public:
  struct Asked {
    const language::Node* check;
    Dependence how;
  };

  NumberKeys() = default;
  // All checks of the lane; what cannot be decided beside the others is refused.
  NumberKeys(Kind kind, Lane lane, const std::vector<Asked>& asked);
  // All combinations of these bits.
  explicit NumberKeys(std::uint64_t bits);
  // The calls of that kind, as pk_call() has them.
  static NumberKeys of_calls(Kind kind);

  bool decides(const language::Node& check) const { return decided_.contains(&check); }

  std::uint64_t mask() const { return mask_; }                      // bits of the number that count
  const std::vector<std::uint64_t>& keys() const { return keys_; }  // sorted, all within the mask
  std::uint64_t other() const { return other_; }                    // one that is no key and stands for all others

 private:
  void take_bits(const std::vector<Asked>& asked);
  void combine();
  void take_values(const std::vector<Asked>& asked);
  bool take_values(const Asked& asked);
  std::uint64_t enumerated() const;
  void enumerate();

  // Numbers in the order of their values: those of signed ones begin with the negative.
  std::uint64_t ordered(std::uint64_t number) const { return number ^ sign_; }

  std::uint64_t width_ = 0;  // all bits of the member
  std::uint64_t sign_ = 0;   // its sign bit, of signed ones
  std::uint64_t mask_ = 0;
  std::set<std::uint64_t> points_;  // ordered numbers that literals name
  std::set<std::uint64_t> cuts_;    // ordered numbers from which on a comparison's result may be another
  bool named_ = false;              // all numbers that may have names are among the points
  std::set<const language::Node*> decided_;
  std::vector<std::uint64_t> keys_;
  std::uint64_t other_ = 0;
};

// The numbers of a call as pk_call() has them: native, of x32, of 32-bit programs; of a ring also its worker's.
std::vector<std::uint64_t> numbers_of(const CallNumbers& call);

// Whether a check of a field that follows from a number can be decided by a lane at all.
bool is_number_check(const language::Node& check, const Dependence& how);

}  // namespace picket::planning
