// SPDX-License-Identifier: Apache-2.0
//
// One check of a condition for one event: values from the left side, each against the right side.
#pragma once

#include "rules/language/ast.h"

namespace picket {

// Whether the check holds. It must be bound. Allocates nothing once scratch has grown. Thread-safe on separate scratch.
bool check_holds(const language::Node& check, const Event& event, Scratch& scratch);

// The same for a check whose left side is one value, which is known.
bool check_holds(const language::Node& check, const Value& left, const Event& event, Scratch& scratch);

}  // namespace picket
