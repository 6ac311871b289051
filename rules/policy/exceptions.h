// SPDX-License-Identifier: Apache-2.0
//
// The exceptions of rules: what a rule does not mean. Private to rules/policy; their grammar stands in exceptions.cpp.
#pragma once

#include <vector>

#include "rules/policy/documents.h"
#include "rules/policy/tree.h"
#include "rules/policy/values.h"

namespace picket::policy {

// Reads the value of `exceptions`. What a later item may leave out (fields, comps, values) may be missing.
void read_exceptions(Values& values, const Text& key, const TreeNode& node, std::vector<Exception>& into);

// Those of a rule that is defined whole, or whose exceptions are replaced: each must name its fields.
void define_exceptions(Values& values, std::vector<Exception>& into, std::vector<Exception>& written);

// Those of an item that adds to a rule: more values for known exceptions, or new exceptions.
void append_exceptions(Values& values, std::vector<Exception>& into, std::vector<Exception>& written);

}  // namespace picket::policy
