// SPDX-License-Identifier: Apache-2.0
//
// Binding: every check of a tree gets its field, its index and literals of the field's type, or an error that says why
// not. Macro nodes are left as they are.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "rules/compile/lists.h"
#include "rules/compile/report.h"
#include "rules/language/ast.h"

namespace picket {

void bind(language::Node& tree, const Lists& lists, Report& report);

// The number in the brackets after a field, or nothing.
std::optional<int> parse_index(std::string_view argument);

// The names of all fields, for suggestions.
std::vector<std::string_view> field_names();

// The field whose values are names of calls and decide an event's kind.
inline constexpr std::string_view kEventType = "evt.type";

}  // namespace picket
