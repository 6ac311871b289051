// SPDX-License-Identifier: Apache-2.0
//
// A rule that is ready to run, and the policy they form. rules/compile makes them; rules/match and the sensor use them.
#pragma once

#include <string>
#include <vector>

#include "rules/event/alert.h"
#include "rules/event/diagnostic.h"
#include "rules/event/revision.h"
#include "rules/language/ast.h"
#include "rules/language/response.h"

namespace picket {

struct Rule {
  Revision revision;  // compile() tells; afterwards rules do not change
  std::string name;
  std::string description;
  Priority priority = Priority::Debug;
  AlertSeverity severity = AlertSeverity::Informational;
  std::vector<std::string> tags;  // sorted, no repeats
  std::vector<Attack> attacks;    // what they say of ATT&CK
  Response response;
  Throttle throttle;
  Threshold threshold;
  Sequence sequence;
  bool reports = true;  // false: it is a step of sequences only
  std::vector<OutputPiece> output;
  language::NodePtr condition;  // bound: no macros left
  KindSet kinds;                // the only kinds for which the condition can be true
  KindSet results;              // those of them whose outcome is asked for and has to be waited for
  KindSet needs;                // kinds that have to be seen for its fields to have values (Field::needs)
  Hashes hashes;                // which its evaluation can come to need
  Hashes shown_hashes;          // of those: which its output, or what it counts by, does
  Location where;
  Location acts;          // the word that denies or kills; line 0 when there is none
  std::string acts_line;  // the text of that line
};

struct Policy {
  std::vector<Rule> rules;                 // enabled rules and steps of their sequences, in the order of the files
  KindSet kinds;                           // union over the rules of kinds and needs: what has to be seen
  KindSet results;                         // union over the rules
  KindSet executable_hashes, file_hashes;  // kinds for which some rule can come to need them
};

}  // namespace picket
