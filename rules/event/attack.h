// SPDX-License-Identifier: Apache-2.0
//
// What tags say of MITRE ATT&CK, in the shape of OCSF's `attacks`.
//
// A tag names a tactic (mitre_execution, TA0002) or a technique (T1059, T1059.004). `mitre_` or `attack.` may stand in
// front of either, and must in front of a tactic's name; case does not matter, and - is as good as _ . All other tags
// say nothing here. Names are known of tactics only: techniques are too many, and every reader has the list.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace picket {

struct Tactic {
  std::string_view uid;   // "TA0002"
  std::string_view word;  // as tags have it: "execution"
  std::string_view name;  // "Execution"
};

struct Attack {
  const Tactic* tactic = nullptr;  // nullptr: none, or nobody says which
  std::string technique;           // "T1059", the one above the sub-technique; may be empty
  std::string sub_technique;       // "T1059.004"; may be empty

  // The most exact of its techniques; may be empty.
  std::string_view finest() const { return sub_technique.empty() ? technique : sub_technique; }
};

// One for each technique. When the tags name a single tactic, each of them is used for that; several tactics, or one
// without a technique, stand alone, in front: tags do not say which technique served which.
std::vector<Attack> attacks_of(std::span<const std::string> tags);

}  // namespace picket
