// SPDX-License-Identifier: Apache-2.0
//
// The documents of one Sigma file. `action: global` documents are parts that all later ones have; `repeat` is the one
// before with changes; `reset` forgets the global parts.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "rules/sigma/findings.h"

namespace picket::sigma {

// The rules of the file, each a map; the nodes live in `made` and in the tree.
std::vector<const policy::TreeNode*> documents_of(const policy::Tree& tree, std::deque<policy::TreeNode>& made,
                                                  Findings& findings);

// True, and reported, when a key of the map is given twice.
bool has_duplicates(const policy::TreeNode& map, Findings& findings);

// A text on one line, without control bytes and blanks at its ends, and not too long.
std::string line_of(std::string_view text);

// The same of a scalar; "" for anything else.
std::string line_of(const policy::TreeNode* node);

// The texts of a list, or of one scalar; at most so many as a rule of good will has.
std::vector<std::string> lines_of(const policy::TreeNode* node);

}  // namespace picket::sigma
