// SPDX-License-Identifier: Apache-2.0
//
// What bound terms yield for an event. Allocates nothing once scratch has grown; thread-safe on separate scratch.
#pragma once

#include <string>

#include "rules/language/ast.h"

namespace picket::language {

// The value; of a term that stands for several, the first. Missing when any part of it is.
Value value_of(const Term& term, const Event& event, Scratch& scratch);

// Value number `position` of a term that stands for several (Term::many), missing at the end.
Value value_at(const Term& term, const Event& event, int position, Scratch& scratch);

// Appends what outputs show: lists as (a,b), missing values as <NA>.
void append_text(std::string& out, const Term& term, const Event& event, Scratch& scratch);

}  // namespace picket::language
