// SPDX-License-Identifier: Apache-2.0
//
// What looks at events on behalf of a policy: the matcher, and what its rules remember of earlier events. Made as a
// whole, on any thread, so that a policy can take another's place between two events.
#pragma once

#include "rules/match/match.h"
#include "rules/match/rates.h"
#include "rules/match/sequences.h"

namespace picket {

// The policy must outlive it. Counts that no alert can carry go nowhere before rates.report_to().
struct Matching {
  explicit Matching(const Policy& policy) : matcher(policy), rates(policy), sequences(policy) {}

  Matcher matcher;
  Rates rates;
  Sequences sequences;
};

}  // namespace picket
