// SPDX-License-Identifier: Apache-2.0
//
// Picket's own JSON: one object a line, stable, versioned ("schema": "picket.alert.v1").
#pragma once

#include <string>
#include <string_view>

#include "rules/event/alert.h"

namespace picket {

// What is the same for every record of one sensor.
struct Host {
  std::string name;     // host name
  std::string boot_id;  // /proc/sys/kernel/random/boot_id without dashes
};

// Appends the alert as one line of JSON, newline included. Any bytes in names and paths give valid JSON: bytes that are
// not UTF-8 are written as U+FFFD, and the member is given again, exactly, as "<member>_base64" beside it.
// Allocates only when `out` or `scratch` grow.
void append_native_json(std::string& out, const Alert& alert, const Host& host, Scratch& scratch);

// Appends a sensor event (kind loss or policy) as one line: "schema": "picket.event.v1".
void append_native_json(std::string& out, const Event& event, const Host& host, Scratch& scratch);

// The same of alerts that were suppressed: kind throttled.
void append_native_json(std::string& out, const Throttled& throttled, const Host& host, Scratch& scratch);

// The same of a change of enforcement: kind enforcement.
void append_native_json(std::string& out, const EnforcementChange& change, const Host& host, Scratch& scratch);

}  // namespace picket
