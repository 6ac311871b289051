// SPDX-License-Identifier: Apache-2.0
//
// Conditions put together from parts, in the language's own tree: its printer knows best how they are written.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/language/ast.h"

namespace picket::sigma {

using language::NodePtr;

// Text of ours; it must be right.
NodePtr parsed(std::string_view condition);

// The conjunction, disjunction of one or more; of the same sort inside they become one.
NodePtr all_of(std::vector<NodePtr> parts);
NodePtr any_of(std::vector<NodePtr> parts);
NodePtr none_of(NodePtr condition);

// TERM OPERATOR "text", or OPERATOR MODIFIER ("text", ...) for several; in quotes, so that no text is taken for the
// name of a list.
NodePtr compare(std::string_view term, language::Operator op, std::vector<std::string> texts,
                language::Modifier several = language::Modifier::AnyOf);
// TERM in (5, 6), or TERM = 5
NodePtr among(std::string_view term, std::vector<std::string> values);
// TERM OPERATOR 5, one number
NodePtr compare_number(std::string_view term, language::Operator op, std::string number);
// TERM OPERATOR OTHER, which is a call
NodePtr compare_terms(std::string_view term, language::Operator op, std::string_view other);
NodePtr exists(std::string_view term);

// `condition` and `guard` as one condition in which the guard stands first and, since it holds, nowhere else.
NodePtr guarded(const language::Node& condition, std::string_view guard);

// Whether the condition can hold only when the guard does, as far as its form tells.
bool implies(const language::Node& condition, std::string_view guard);

// Whether the guard stands below a `not`.
bool negates(const language::Node& condition, std::string_view guard);

}  // namespace picket::sigma
