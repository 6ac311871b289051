// SPDX-License-Identifier: Apache-2.0
//
// The view for people at a terminal: a line for the rule, a line for who did it and what it touched.
#pragma once

#include <string>

#include "rules/event/alert.h"

namespace picket {

// Appends two or three lines. `colour` uses ANSI colours by priority. Control bytes of the event are shown escaped, so
// that a file name cannot steer the terminal.
void append_human(std::string& out, const Alert& alert, bool colour, Scratch& scratch);
void append_human(std::string& out, const Event& event, bool colour, Scratch& scratch);  // kind loss or policy
void append_human(std::string& out, const Throttled& throttled, bool colour, Scratch& scratch);
void append_human(std::string& out, const EnforcementChange& change, bool colour, Scratch& scratch);
void append_human(std::string& out, const Undelivered& undelivered, bool colour, Scratch& scratch);

}  // namespace picket
