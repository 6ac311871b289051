// SPDX-License-Identifier: Apache-2.0
//
// Paths that the kernel did not resolve, since there was nothing at their end.
#pragma once

#include <string_view>

#include "rules/event/value.h"

namespace picket {

// `name`, from `directory` on when it is relative, as an absolute path without empty parts, "." and "..". Lexically:
// links on the way are not followed, as nobody can tell afterwards what they were. The view is good as long as scratch.
std::string_view join_path(std::string_view directory, std::string_view name, Scratch& scratch);

}  // namespace picket
