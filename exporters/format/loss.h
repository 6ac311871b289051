// SPDX-License-Identifier: Apache-2.0
//
// A loss event in one sentence, the same in every format.
#pragma once

#include <string>

#include "rules/event/event.h"

namespace picket {

// "12 open events were lost between 2026-08-07T14:03:21.000000000Z and 2026-08-07T14:03:22.000000000Z". ASCII only.
void append_loss_message(std::string& out, const Event& event);

}  // namespace picket
