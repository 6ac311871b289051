// SPDX-License-Identifier: Apache-2.0
//
// Lines to a tool on this host that listens on a stream socket.
#pragma once

#include <memory>

#include "exporters/sink/local_socket.h"
#include "exporters/sink/sink_types.h"

namespace picket {

Result<std::unique_ptr<Destination>> make_unix_socket(const SinkSettings& settings);

inline constexpr SinkOption kUnixSocketOptions[] = {
    {.key = "path", .expects = "PATH", .doc = "The socket.", .required = true, .check = check_socket_path},
};

}  // namespace picket
