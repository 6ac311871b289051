// SPDX-License-Identifier: Apache-2.0
//
// What the operators do: one function for each operator and type of field.
#pragma once

#include "rules/language/ast.h"

namespace picket {

// Whether a present value passes the check. The check must be bound.
bool passes(const language::Node& check, const Value& value);

}  // namespace picket
