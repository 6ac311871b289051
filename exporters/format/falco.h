// SPDX-License-Identifier: Apache-2.0
//
// Falco's JSON output: what falcosidekick and all else that reads Falco's alerts takes.
// docs/formats.md shows one.
#pragma once

#include "exporters/format/formatter.h"
#include "exporters/format/text_buffer.h"
#include "rules/event/alert.h"

namespace picket {

// As Format's functions (formats.h).
void append_falco(TextBuffer& out, const Alert& alert, const Host& host, Scratch& scratch);
void append_falco(TextBuffer& out, const Event& event, const Host& host, Scratch& scratch);
void append_falco(TextBuffer& out, const Throttled& throttled, const Host& host, Scratch& scratch);
void append_falco(TextBuffer& out, const EnforcementChange& change, const Host& host, Scratch& scratch);
void append_falco(TextBuffer& out, const Undelivered& undelivered, const Host& host, Scratch& scratch);

}  // namespace picket
