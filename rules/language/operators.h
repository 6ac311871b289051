// SPDX-License-Identifier: Apache-2.0
//
// The operators, modifiers and functions as tables: the rows of operators.def and functions.def, for the parser, the
// checker and the documentation.
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

enum class Operands { None, One, Number, Many };
enum class Operable { Any, Text, Ordered };

struct OperatorRow {
  Operator id;
  std::string_view spelling;
  Operands operands;
  Operable types;
  std::string_view doc;

  constexpr bool works_on(Type type) const {
    const bool number = type == Type::Signed || type == Type::Unsigned;
    if (types == Operable::Any) return true;
    return type == Type::Text || (number && types == Operable::Ordered);
  }
};

inline constexpr OperatorRow kOperators[] = {
#define OPERATOR(id, spelling, operands, types, doc) {Operator::id, spelling, Operands::operands, Operable::types, doc},
#include "rules/language/operators.def"
#undef OPERATOR
};

constexpr const OperatorRow& row(Operator op) { return kOperators[static_cast<std::size_t>(op)]; }
constexpr std::string_view spelling(Operator op) { return row(op).spelling; }

// Behind an operator that takes one text: several texts in parentheses. One that some of them pass, or all.
enum class Modifier { None, OneOf, AnyOf, AllOf };

struct ModifierRow {
  Modifier id;
  std::string_view spelling;
};
inline constexpr ModifierRow kModifiers[] = {
    {Modifier::OneOf, "oneof"}, {Modifier::AnyOf, "anyof"}, {Modifier::AllOf, "allof"}};

enum class Function {
#define FUNCTION(id, name, least, most, doc) id,
#include "rules/language/functions.def"
#undef FUNCTION
};

struct FunctionRow {
  Function id;
  std::string_view name;
  std::size_t least, most;  // arguments; most 0: any number
  std::string_view doc;
};

inline constexpr FunctionRow kFunctions[] = {
#define FUNCTION(id, name, least, most, doc) {Function::id, #name, least, most, doc},
#include "rules/language/functions.def"
#undef FUNCTION
};

}  // namespace picket::language
