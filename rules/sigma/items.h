// SPDX-License-Identifier: Apache-2.0
//
// Search identifiers -> conditions: maps (and), lists of maps (or), keywords.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "rules/sigma/fields.h"
#include "rules/sigma/findings.h"
#include "rules/sigma/nodes.h"

namespace picket::sigma {

// What the rule says of auditd's records in all its maps together.
struct Records {
  std::set<std::string> types;       // values of `type`, in capital letters
  std::set<std::string> name_types;  // of `nametype`
};

struct Scope {
  const LogSource& source;
  Records records;
  Findings& findings;
};

Records records_of(const policy::TreeNode& detection);

// The condition of one search identifier; nullptr when it has been reported.
NodePtr convert_identifier(const policy::TreeNode& definition, Scope& scope);

}  // namespace picket::sigma
