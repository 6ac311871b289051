// SPDX-License-Identifier: Apache-2.0
//
// Falco's fields that cannot be known here, and why: so that a rule that was written for Falco gets a reason, not
// "unknown field".
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace picket {

struct Unavailable {
  std::string_view name;  // or, with .* at its end, all names that begin like it
  std::string_view why;
  std::string_view instead;
};

std::span<const Unavailable> unavailable_fields();

// nullptr when the name is none of them.
const Unavailable* find_unavailable(std::string_view name);

// What to say of a name that is no field: why it is not known here and what to use instead, or that nobody knows it and
// which one is nearest. The hint may be empty.
struct UnknownField {
  std::string message, hint;
};
UnknownField unknown_field(std::string_view name);

}  // namespace picket
