// SPDX-License-Identifier: Apache-2.0
//
// What the sensor says about itself (events of kind loss and policy, alerts that were throttled, changes of
// enforcement), each in one sentence, the same in every format.
#pragma once

#include <string>
#include <string_view>

#include "rules/event/alert.h"

namespace picket {

// "12 open events were lost between 2026-08-07T14:03:21.000000000Z and 2026-08-07T14:03:22.000000000Z". ASCII only.
// The kind is one of the group `sensor`.
void append_notice(std::string& out, const Event& event);

// "2 alerts of 'Shell' (proc.name=cat) were suppressed between TIME and TIME", any bytes in it. Lives in `scratch`.
std::string_view notice_of(const Throttled& throttled, Scratch& scratch);

// "enforcement changed from enforce to off until TIME (command of /usr/bin/picket, pid 812, uid 0)", "enforcement
// changed from enforce to enforce (takeover): 12 operations were refused without a sensor since TIME, 10 of them
// recorded". Any bytes in it.
// Lives in `scratch`.
std::string_view notice_of(const EnforcementChange& change, Scratch& scratch);

// "12 messages for 'kafka' were dropped between TIME and TIME: its queue was full (10), they were too large (2)", any
// bytes in it. Lives in `scratch`.
std::string_view notice_of(const Undelivered& undelivered, Scratch& scratch);

}  // namespace picket
