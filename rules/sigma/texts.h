// SPDX-License-Identifier: Apache-2.0
//
// The values of one field -> checks of Picket's language.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/event/value.h"
#include "rules/sigma/fields.h"
#include "rules/sigma/findings.h"
#include "rules/sigma/modifiers.h"
#include "rules/sigma/nodes.h"

namespace picket::sigma {

// What a Sigma field is compared as.
struct FieldUse {
  std::vector<std::string> terms;  // one or more
  Type type = Type::Text;
  Empty empty = Empty::Missing;
  std::string network;
  bool lower_case = false;
  std::string_view unset;
};

FieldUse use_of(const FieldRow& row);
FieldUse use_of(std::string term, Empty empty);

// A value and where it stands; null values are nodes of that kind.
using ValueNodes = std::vector<const policy::TreeNode*>;

// FIELD|modifiers: values. nullptr when it has been reported.
NodePtr compare_field(const FieldUse& field, const ItemKey& key, const ValueNodes& values, Findings& findings);

// The condition `negated` asks for.
NodePtr negated_if(bool negated, NodePtr condition);

// As `all` asks: a conjunction, or a disjunction.
NodePtr joined(bool all, std::vector<NodePtr> parts);

}  // namespace picket::sigma
