// SPDX-License-Identifier: Apache-2.0
//
// Documents -> policy: expands lists and macros, parses and type-checks conditions and output templates, finds the
// event kinds that each rule can match.
//
// Names: a later list, macro or rule of the same name replaces the earlier one in its place. Lists and macros may be
// used before they are defined; lists may name lists and macros macros, but not in a loop.
//
//   in (a, b)      a word without quotes that is the name of a list stands for its items, any other word for itself
//   in name        must be a list
//   = name         a list of one item stands for that item
#pragma once

#include <cstddef>
#include <vector>

#include "rules/language/rule.h"
#include "rules/policy/documents.h"

namespace picket {

// Different items of one list, the lists it names included.
inline constexpr std::size_t kMaxListItems = 100'000;
// Nodes and literals of one condition, its macros and lists included: a few lines of macros that double one another
// would otherwise fill the memory.
inline constexpr std::size_t kMaxConditionSize = 1'000'000;

struct Compiled {
  Policy policy;                        // the rules without an error that are enabled
  std::vector<Diagnostic> diagnostics;  // all of them: those of the documents, then those found here
};

// Never throws. The policy refers to nothing in `documents`.
Compiled compile(const policy::Documents& documents);

}  // namespace picket
