// SPDX-License-Identifier: Apache-2.0
//
// The key of a detection item, FIELD|modifier|modifier, taken apart. The rows of modifiers.def are all there is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/sigma/findings.h"
#include "rules/sigma/pattern.h"

namespace picket::sigma {

// What the values are.
enum class Match { Text, Regex, Network, Less, LessEqual, Greater, GreaterEqual, Exists, Field };

struct ItemKey {
  std::string_view field;  // empty: the values are keywords. Views the key's text
  Match match = Match::Text;
  std::vector<Transform> transforms;  // in the order written
  bool all = false;                   // of the values, not one of them
  bool cased = false;
  bool negated = false;  // neq
  // Of regular expressions.
  bool any_case = false, by_line = false, dot_takes_newline = false;
};

// Nothing when it has been reported.
std::optional<ItemKey> read_key(const policy::TreeNode& key, Findings& findings);

}  // namespace picket::sigma
