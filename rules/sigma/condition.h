// SPDX-License-Identifier: Apache-2.0
//
// The condition of a Sigma rule: search identifiers joined by and, or, not; `1 of them`, `all of selection*`.
#pragma once

#include "rules/sigma/items.h"

namespace picket::sigma {

// `detection` is a map with `condition` and search identifiers. nullptr when it has been reported.
NodePtr convert_detection(const policy::TreeNode& detection, Scope& scope);

}  // namespace picket::sigma
