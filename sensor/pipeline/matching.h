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

// The rule that reports the event; nullptr: none does. That is the first one that matches, unless `decided` has
// reported it in the kernel. With sequences, the others count as their steps; a sequence reports besides.
inline const Rule* find_reporting(Matcher& matcher, Rates& rates, Sequences& sequences, const Event& event,
                                  Scratch& scratch, const Rule* decided = nullptr) {
  const Rule* first = decided;
  matcher.each_match(event, scratch, [&](const Rule& rule) {
    const bool step = sequences.concern(rule);
    const bool reports = first == nullptr && rule.reports && rule.sequence.after.empty();
    if ((step || reports) && rates.reached(rule, event, scratch)) {
      if (step) sequences.matched(rule);
      if (reports) first = &rule;
    }
    return first == nullptr || sequences.any();
  });
  return first;
}

}  // namespace picket
