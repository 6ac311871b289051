// SPDX-License-Identifier: Apache-2.0
//
// The operators as a table: the rows of operators.def, for the parser, the checker and the documentation.
#pragma once

#include <cstddef>
#include <string_view>

#include "rules/event/value.h"

namespace picket::language {

enum class Operator {
#define OPERATOR(id, spelling, operands, types, doc) id,
#include "rules/language/operators.def"
#undef OPERATOR
};

enum class Operands { None, One, Many };
enum class Operable { Any, Text, Number };

struct OperatorRow {
  Operator id;
  std::string_view spelling;
  Operands operands;
  Operable types;
  std::string_view doc;

  constexpr bool works_on(Type type) const {
    const bool number = type == Type::Signed || type == Type::Unsigned;
    return types == Operable::Any || (types == Operable::Number ? number : type == Type::Text);
  }
};

inline constexpr OperatorRow kOperators[] = {
#define OPERATOR(id, spelling, operands, types, doc) {Operator::id, spelling, Operands::operands, Operable::types, doc},
#include "rules/language/operators.def"
#undef OPERATOR
};

constexpr const OperatorRow& row(Operator op) { return kOperators[static_cast<std::size_t>(op)]; }
constexpr std::string_view spelling(Operator op) { return row(op).spelling; }

}  // namespace picket::language
