// SPDX-License-Identifier: Apache-2.0
//
// A converted rule as an item of a rule file.
#pragma once

#include <string>

#include "rules/sigma/rule.h"

namespace picket::sigma {

// YAML, ending in a newline. `origin` is the file it comes from.
std::string write_rule(const ConvertedRule& rule, const std::string& origin);

}  // namespace picket::sigma
