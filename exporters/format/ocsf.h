// SPDX-License-Identifier: Apache-2.0
//
// OCSF 1.8.0 (Open Cybersecurity Schema Framework): an alert is a Detection Finding with its event as evidence, an
// event an activity of the class that it belongs to. Which that is, says the table in ocsf_kinds.cpp.
// docs/formats.md shows one.
#pragma once

#include "exporters/format/formatter.h"
#include "exporters/format/text_buffer.h"
#include "rules/event/alert.h"

namespace picket {

// As Format's functions (formats.h).
void append_ocsf(TextBuffer& out, const Alert& alert, const Host& host, Scratch& scratch);
void append_ocsf(TextBuffer& out, const Event& event, const Host& host, Scratch& scratch);
void append_ocsf(TextBuffer& out, const Throttled& throttled, const Host& host, Scratch& scratch);
void append_ocsf(TextBuffer& out, const EnforcementChange& change, const Host& host, Scratch& scratch);
void append_ocsf(TextBuffer& out, const Undelivered& undelivered, const Host& host, Scratch& scratch);

}  // namespace picket
