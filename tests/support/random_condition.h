// SPDX-License-Identifier: Apache-2.0
//
// How checks become conditions in tests with random rules: not, and, or, up to a depth.
#pragma once

#include <string>

namespace picket::test {

// `one_of(n)` gives a number below n, `check()` the text of a check.
template <class Number, class OneOf, class Check>
std::string random_condition(Number depth, OneOf one_of, Check check) {
  if (depth == 0) return check();
  const auto part = [&] { return random_condition<Number>(depth - 1 - one_of(depth), one_of, check); };
  switch (one_of(7)) {
    case 0:
      return "not (" + part() + ")";
    case 1:
    case 2:
      return "(" + part() + " or " + part() + ")";
    case 3:
      return check();
    default:
      return "(" + part() + " and " + part() + ")";
  }
}

}  // namespace picket::test
