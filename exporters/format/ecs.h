// SPDX-License-Identifier: Apache-2.0
//
// Documents of the Elastic Common Schema. What an event is in its terms, says the table in ecs_kinds.cpp.
// docs/formats.md shows one.
#pragma once

#include "exporters/format/formatter.h"
#include "exporters/format/text_buffer.h"
#include "rules/event/alert.h"

namespace picket {

// As Format's functions (formats.h).
void append_ecs(TextBuffer& out, const Alert& alert, const Host& host, Scratch& scratch);
void append_ecs(TextBuffer& out, const Event& event, const Host& host, Scratch& scratch);
void append_ecs(TextBuffer& out, const Throttled& throttled, const Host& host, Scratch& scratch);
void append_ecs(TextBuffer& out, const EnforcementChange& change, const Host& host, Scratch& scratch);
void append_ecs(TextBuffer& out, const Undelivered& undelivered, const Host& host, Scratch& scratch);

}  // namespace picket
