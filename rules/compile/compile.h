// SPDX-License-Identifier: Apache-2.0
//
// Documents -> policy: expands lists and macros, parses and type-checks conditions and output templates, finds the
// event kinds that each rule can match.
//
// Lists are replaced as text (lists.h), macros as parts of the tree: they may be used before they are defined, and may
// use macros, but not in a loop. What a macro that no rule uses compares with unknown fields is a warning only.
#pragma once

#include <cstddef>
#include <vector>

#include "rules/compile/tests.h"
#include "rules/language/rule.h"
#include "rules/policy/documents.h"

namespace picket {

// Different items of one list, the lists it names included.
inline constexpr std::size_t kMaxListItems = 100'000;
// Bytes of one condition, its lists replaced.
inline constexpr std::size_t kMaxConditionText = std::size_t{32} << 20;
// Nodes and literals of one condition, its macros and lists included: a few lines of macros that double one another
// would otherwise fill the memory.
inline constexpr std::size_t kMaxConditionSize = 1'000'000;

struct Compiled {
  Policy policy;                        // the rules without an error that are enabled, and the steps of sequences
  std::vector<Diagnostic> diagnostics;  // all of them: those of the documents, then those found here
  std::vector<RuleTest> tests;          // of the rules of the policy
  std::vector<std::size_t> unused_macros, unused_lists;  // numbers of items that no rule uses
};

// Never throws. The policy refers to nothing in `documents`.
Compiled compile(const policy::Documents& documents);

}  // namespace picket
