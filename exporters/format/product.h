// SPDX-License-Identifier: Apache-2.0
//
// What records say of the program that made them.
#pragma once

#include <string_view>

namespace picket {

inline constexpr std::string_view kProductName = "Picket";
extern const std::string_view kProductVersion;  // "0.1.0"

}  // namespace picket
