// SPDX-License-Identifier: Apache-2.0
//
// Output templates: text in which %field and %field[n] stand for values.
#pragma once

#include <vector>

#include "rules/compile/report.h"
#include "rules/event/alert.h"

namespace picket {

// The pieces of the template in `report`'s text. A field ends at the longest prefix that is a field's name. An asterisk
// in front (Falco: print also when fields are missing) is what happens anyway and is left out.
std::vector<OutputPiece> parse_output(Report& report);

}  // namespace picket
