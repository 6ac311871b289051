// SPDX-License-Identifier: Apache-2.0
//
// What the operators do: one function for each operator and type of value.
#pragma once

#include "rules/language/ast.h"

namespace picket {

// Whether a present value passes the check's operator with its literals, of which a modifier may want one or all. The
// check must be bound and have literals on the right.
bool passes(const language::Node& check, const Value& value, Scratch& scratch);

// Whether it passes with one value on the right.
bool passes(const language::Node& check, const Value& value, const language::Operand& operand, Scratch& scratch);

}  // namespace picket
