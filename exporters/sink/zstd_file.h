// SPDX-License-Identifier: Apache-2.0
//
// A file, compressed into another one.
#pragma once

#include <string>

#include "rules/event/result.h"

namespace picket {

// Writes all of the regular file `from`, as one zstd frame with a checksum, into `to`, which must not be there yet,
// with mode and owner of `from`, and waits until it is on disk. On failure a part of `to` may be there.
Result<void> zstd_file(const std::string& from, const std::string& to);

}  // namespace picket
