// SPDX-License-Identifier: Apache-2.0
//
// What `picket check --json` prints: the findings about rule files in the form that Falco has for them, for tools that
// read it.
#pragma once

#include <string>
#include <vector>

#include "rules/event/diagnostic.h"
#include "rules/policy/documents.h"

namespace picket::cli {

// {"falco_load_results": [...]}, one result for each file that was read, and a line end. A finding about no file that
// was read has a result of its own.
std::string load_results(const policy::Documents& documents, const std::vector<Diagnostic>& diagnostics);

}  // namespace picket::cli
