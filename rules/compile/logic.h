// SPDX-License-Identifier: Apache-2.0
//
// What follows from conditions without any event: that one holds whenever another does, that one never holds, or
// always. Each answer "yes" is a proof; "no" means that none was found. Conditions are bound and have no macros.
#pragma once

#include <cstddef>

#include "rules/language/ast.h"

namespace picket {

class Logic {
 public:
  // Gives up, and finds no more proofs, after so many comparisons of checks.
  explicit Logic(std::size_t steps) : steps_(steps) {}

  // Whenever `a` holds, `b` does.
  bool implies(const language::Node& a, const language::Node& b);
  // They never hold together.
  bool exclude(const language::Node& a, const language::Node& b);
  bool never_holds(const language::Node& node);
  bool always_holds(const language::Node& node);

  // Of the conditions that made never_holds() say yes last, the two that exclude each other; nullptr when it was one.
  const language::Node* first() const { return first_; }
  const language::Node* second() const { return second_; }

  bool gave_up() const { return steps_ == 0; }

 private:
  bool step();
  std::size_t steps_;
  const language::Node* first_ = nullptr;
  const language::Node* second_ = nullptr;
};

}  // namespace picket
