// SPDX-License-Identifier: Apache-2.0
//
// Which kinds of event a condition can be true for.
#pragma once

#include "rules/language/ast.h"

namespace picket {

// Exact for what the kind alone decides: evt.type with = != in, and fields that a kind does not have. Otherwise on the
// safe side: a kind that is left out can never match. The tree must be bound and free of macros.
//
// Failed opens (Kind::open_failed) are in it only when the condition asks for failures: when some check of an outcome
// (evt.res, evt.rawres, evt.failed, fd.num) that it depends on can hold for one.
KindSet possible_kinds(const language::Node& condition);

// The kinds that have to be seen for its fields to have values (Field::needs), whether or not it can match them.
KindSet needed_kinds(const language::Node& condition);

}  // namespace picket
