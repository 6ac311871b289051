// SPDX-License-Identifier: Apache-2.0
//
// What rule files require of the program that reads them. Private to rules/policy.
#pragma once

#include "rules/policy/tree.h"
#include "rules/policy/values.h"

namespace picket::policy {

// required_engine_version: 26 (which is 0.26.0) or 0.57.0.
void check_engine_version(Values& values, const Text& key, const TreeNode& node);

// required_plugin_versions: a list of {name, version, alternatives: [{name, version}]}; of each, it or one of its
// alternatives must be there.
void check_plugin_versions(Values& values, const Text& key, const TreeNode& node);

}  // namespace picket::policy
