// SPDX-License-Identifier: Apache-2.0
//
// What `picket diff` prints: how two sets of rule files differ in what they do.
#pragma once

#include <string>

#include "rules/compile/compile.h"
#include "rules/policy/documents.h"

namespace picket::cli {

// A set of rule files. The rules are compiled as if all of them were enabled; `documents` says which are.
struct RuleSet {
  const policy::Documents& documents;
  const Compiled& compiled;
};

// Rules, lists and macros that only one of them has, and what is different about those that both have, for people:
//
//   ~ rule Shell in a container
//       condition
//         - proc.name in (bash, sh)
//         + proc.name in (ash, bash, sh)
//   + list shells
//
// Conditions are those with all macros and lists replaced. Empty when nothing differs.
std::string diff_rules(const RuleSet& before, const RuleSet& after);

}  // namespace picket::cli
