// SPDX-License-Identifier: Apache-2.0
//
// Rule files for people, as they were understood: what `picket list` and `picket explain` print.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rules/compile/compile.h"
#include "rules/policy/documents.h"

namespace picket::cli {

// The text on one line: what stood on several is joined by blanks.
std::string flat(std::string_view text);

// One line for each item of the sort "rules", "macros" or "lists", in the order of the files: its name and, after tabs,
// for a rule its priority and whether it is enabled, for a macro its condition, for a list its items. Nothing for any
// other sort.
std::optional<std::string> list_items(const policy::Documents& documents, std::string_view sort);

// What a rule of the policy means: where it stands, its condition without macros and lists, the kinds of events that
// can match it, what else has to be watched for it, and what of it is decided where. `enabled` is what its file says;
// the rule itself was compiled in any case.
std::string explain_rule(const Policy& policy, const Rule& rule, bool enabled);

}  // namespace picket::cli
