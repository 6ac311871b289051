// SPDX-License-Identifier: Apache-2.0
//
// Output templates: text in which %field, %field[x], %function(field) and %Nfield stand for values.
#pragma once

#include <vector>

#include "rules/compile/report.h"
#include "rules/event/alert.h"

namespace picket {

struct Output {
  std::vector<OutputPiece> pieces;
  KindSet needs;              // Field::needs of all its fields
  bool asks_outcome = false;  // some field does
  Hashes hashes;              // Field::hashes of all its fields
};

// The template in `report`'s text. A field ends at the longest prefix that is a field's name. A number before it is its
// width: shorter values are filled with blanks, longer ones are cut. An asterisk in front (Falco: print also when
// fields are missing) is what happens anyway and is left out.
Output parse_output(Report& report);

// The text is one field or function, without %: one piece, or none after an error.
Output parse_key(Report& report);

}  // namespace picket
