// SPDX-License-Identifier: Apache-2.0
//
// What a format appends its lines to, named in one place.
#pragma once

#include <string>

namespace picket {

using Line = std::string;

}  // namespace picket
