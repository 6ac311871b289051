// SPDX-License-Identifier: Apache-2.0
//
// Documents -> policy: expands lists and macros, parses and type-checks conditions and output templates, finds the event
// kinds that each rule can match.
#pragma once

#include <vector>

#include "rules/language/rule.h"
#include "rules/policy/documents.h"

namespace picket {

struct Compiled {
  Policy policy;                        // the rules without an error
  std::vector<Diagnostic> diagnostics;  // all of them: those of the documents, then those found here
};

// Never throws. The policy refers to nothing in `documents`.
Compiled compile(const policy::Documents& documents);

}  // namespace picket
