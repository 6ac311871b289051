// SPDX-License-Identifier: Apache-2.0
//
// Reading a small file whole: rule files, configurations, /etc/passwd.
#pragma once

#include <cstddef>
#include <string>

#include "rules/event/result.h"

namespace picket {

// The bytes of a regular file of at most `limit` bytes. Directories, devices and pipes are refused, so that a wrong
// path can neither block nor fill the memory. The error's message is a reason without the path: "no such file or
// directory".
Result<std::string> read_file(const std::string& path, std::size_t limit);

}  // namespace picket
