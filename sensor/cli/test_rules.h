// SPDX-License-Identifier: Apache-2.0
//
// Runs the tests that rules bring along.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "rules/compile/compile.h"

namespace picket::cli {

struct TestReport {
  std::size_t passed = 0;
  std::vector<Diagnostic> failures;
  std::vector<std::string> untested;  // rules without a test
};

// Each rule by itself: whether others match the same event, and come before it, is not looked at. Throttles suppress
// nothing here.
TestReport run_tests(Compiled& compiled);

// Why the condition, which is bound, is what it is for this event: the check, or the smallest part around it, that
// decides. "proc.name = cat does not hold: proc.name is sudo".
std::string reason(const language::Node& condition, const Event& event, Scratch& scratch);

}  // namespace picket::cli
