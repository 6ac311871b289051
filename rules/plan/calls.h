// SPDX-License-Identifier: Apache-2.0
//
// Which calls a rule that denies passes over: whoever writes `evt.type in (open, openat)` may not know that creat opens
// files as well.
#pragma once

#include <span>
#include <string>

#include "rules/plan/draft.h"

namespace picket::planning {

// `conjuncts` are those of one rule for one kind. Returns the names of the kind's calls for some number of which none
// of them can hold, "creat, open_by_handle_at"; empty when there is none.
std::string calls_passed_over(std::span<const Drafted* const> conjuncts, const Draft& draft);

}  // namespace picket::planning
