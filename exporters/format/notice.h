// SPDX-License-Identifier: Apache-2.0
//
// What the sensor says about itself (events of kind loss and policy), each in one sentence, the same in every format.
#pragma once

#include <string>
#include <string_view>

#include "rules/event/event.h"

namespace picket {

// "12 open events were lost between 2026-08-07T14:03:21.000000000Z and 2026-08-07T14:03:22.000000000Z". ASCII only.
// The kind is one of the group `sensor`.
void append_notice(std::string& out, const Event& event);

}  // namespace picket
