// SPDX-License-Identifier: Apache-2.0
//
// What a rule says beside its condition: its action, its severity, how often it alerts.
#pragma once

#include <vector>

#include "rules/language/rule.h"
#include "rules/policy/documents.h"

namespace picket {

// Reads action, errno, mode and exempt, and where it says so. False after an error, which is then in `diagnostics`, as
// for all of these.
bool read_response(const policy::RuleItem& item, Rule& into, std::vector<Diagnostic>& diagnostics);

// Reads the severity; `into` stays as it is when there is none.
bool read_severity(const policy::RuleItem& item, AlertSeverity& into, std::vector<Diagnostic>& diagnostics);

// What the fields of throttles and thresholds ask for.
struct Asked {
  KindSet needs;
  bool outcome = false;
  Hashes hashes;
};

bool read_throttle(const policy::ThrottleItem& item, Throttle& into, Asked& asked,
                   std::vector<Diagnostic>& diagnostics);
bool read_threshold(const policy::ThresholdItem& item, Threshold& into, Asked& asked,
                    std::vector<Diagnostic>& diagnostics);

// All but the steps, which are found when all rules are known.
bool read_sequence(const policy::RuleItem& item, Sequence& into, Asked& asked, std::vector<Diagnostic>& diagnostics);

}  // namespace picket
