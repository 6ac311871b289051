// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace picket::cli {

// Writes the file, all of it or nothing: a sensor may be reading. False when it could not be; that has been said.
bool replace_file(const std::string& path, const std::string& text);

}  // namespace picket::cli
