// SPDX-License-Identifier: Apache-2.0
//
// Lines appended to a file.
#pragma once

#include <memory>

#include "exporters/sink/sink_types.h"

namespace picket {

// Created with mode 0600, never through a symbolic link, refused when it is not a regular file. On a full disk the
// lines are dropped and counted, and writing goes on when there is room again.
Result<std::unique_ptr<Destination>> make_file(const SinkSettings& settings);

inline constexpr SinkOption kFileOptions[] = {
    {.key = "path", .expects = "PATH", .doc = "The file.", .required = true, .check = check_path},
};

}  // namespace picket
