// SPDX-License-Identifier: Apache-2.0
//
// The container as native JSON: the member "container" of an alert.
#pragma once

#include <cstdint>

#include "exporters/format/json.h"
#include "rules/event/container.h"

namespace picket {

// Appends the object. What nobody knows is left out. `wall_clock_offset` is the event's.
void append_container(JsonWriter& json, const Container& container, std::int64_t wall_clock_offset);

}  // namespace picket
