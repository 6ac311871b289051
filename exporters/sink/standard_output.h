// SPDX-License-Identifier: Apache-2.0
//
// Lines to standard output.
#pragma once

#include <memory>

#include "exporters/sink/destination.h"
#include "exporters/sink/settings.h"

namespace picket {

// The descriptor stays the caller's. A reader that went away (EPIPE) is a failure like any other; one that does not
// read is waited for, once, for a second, when the descriptor does not block.
std::unique_ptr<Destination> open_descriptor(int descriptor);

Result<std::unique_ptr<Destination>> make_standard_output(const SinkSettings& settings);

}  // namespace picket
