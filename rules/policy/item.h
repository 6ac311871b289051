// SPDX-License-Identifier: Apache-2.0
//
// One item of a rule file: a list, a macro or a rule, and what it does to those before it. Private to rules/policy.
#pragma once

#include "rules/policy/tree.h"
#include "rules/policy/values.h"

namespace picket::policy {

// Reads the item into values.documents(), when nothing is wrong with it.
void read_item(Values& values, const TreeNode& node);

}  // namespace picket::policy
