// SPDX-License-Identifier: Apache-2.0
//
// Binding of terms: fields and functions of them, in conditions and output templates.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "rules/compile/report.h"
#include "rules/language/ast.h"

namespace picket {

// Gives the term its fields, its type and whether it stands for several values. The right side may be val(...).
enum class Side { Left, Right };
void bind_term(language::Term& term, Side side, Report& report);

// The text of `report`, which is one term, parsed and bound; nothing after an error.
std::optional<language::Term> bind_alone(Report& report);

// The number in the brackets after a field, or nothing.
std::optional<int> parse_index(std::string_view argument);

// The names of all fields, for suggestions.
std::vector<std::string_view> field_names();

}  // namespace picket
