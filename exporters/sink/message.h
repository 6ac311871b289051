// SPDX-License-Identifier: Apache-2.0
//
// One finished line on its way to a sink, with what sinks choose by and what destinations file it under.
#pragma once

#include <cstdint>
#include <string_view>

#include "rules/event/alert.h"

namespace picket {

enum class MessageType : std::uint8_t {
  Alert,   // a rule matched
  Event,   // an event as such, without a rule
  Notice,  // what the sensor says about itself: loss, policy, throttled, enforcement, outputs
};

// A view: it owns nothing, and is valid during the call that it is given to.
struct Message {
  std::uint64_t time = 0;  // boot clock: when the hook was called whose event it tells of; 0: not known, or no event's
  std::uint64_t id = 0;    // alert.id: unique and rising over all runs of this sensor on this host; 0: has none
  MessageType type = MessageType::Alert;
  Priority priority = Priority::Notice;  // of the rule; Notice for what has none
  std::string_view text;                 // a JSON document or lines for people; newline included
  std::string_view rule = {};            // empty: none
  std::string_view kind = {};            // of the event: "open"; of a notice: "loss", "policy", "throttled" ...
  std::string_view container = {};       // its id; empty on the host
  std::string_view process = {};         // its entity id; empty: none
};

}  // namespace picket
