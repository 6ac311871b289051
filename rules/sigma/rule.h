// SPDX-License-Identifier: Apache-2.0
//
// One Sigma rule -> one Picket rule, not yet written down.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/sigma/findings.h"
#include "rules/sigma/nodes.h"

namespace picket::sigma {

struct ConvertedRule {
  std::string name;  // the title
  std::string id;    // may be empty
  std::string description;
  NodePtr condition;
  std::string output;
  std::string priority;
  std::vector<std::string> tags;
  std::vector<std::string> remarks;  // what a Picket rule has no key for: "author: ...", each a line
};

// Nothing when it has been reported.
std::optional<ConvertedRule> convert_rule(const policy::TreeNode& document, Findings& findings);

}  // namespace picket::sigma
