// SPDX-License-Identifier: Apache-2.0
//
// What `picket check` says of rules that load: those that can never alert, and what no rule uses.
#pragma once

#include <vector>

#include "rules/compile/compile.h"
#include "rules/event/diagnostic.h"
#include "rules/policy/documents.h"

namespace picket {

// Warnings, in no order: conditions that never hold, or always; rules all of whose events an earlier rule takes; rules
// that deny when a value is not known; macros and lists that are not used. `compiled` was made of these documents.
// Bounded: of very many rules not all are compared, and a warning says so.
std::vector<Diagnostic> lint(const policy::Documents& documents, const Compiled& compiled);

}  // namespace picket
