// SPDX-License-Identifier: Apache-2.0
//
// The text of a literal as a value of the type of the field it is compared with.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rules/language/ast.h"

namespace picket {

// Nothing when the text does not fit the type. A text value views `text`.
std::optional<Value> parse_value(Type type, std::string_view text);

// The same for what a field of the type is compared with: a network has a length, too.
std::optional<language::Operand> parse_operand(Type type, std::string_view text);

// The bytes that a text of hexadecimal digits stands for.
std::optional<std::string> parse_bytes(std::string_view digits);

// How a value of the type is written, for hints: "an IPv4 or IPv6 address".
std::string_view value_notation(Type type);

}  // namespace picket
