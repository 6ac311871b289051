// SPDX-License-Identifier: Apache-2.0
//
// Layout: where the members of each record stand, from the rows of bpf/shared/fields/. The decoder walks it to find the
// text fields; tests/golden/wire_layout.txt is its printed form.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "rules/event/event.h"

namespace picket {

struct Member {
  std::string_view type;  // a name of types.def
  std::string_view name;
  std::size_t offset;
  std::size_t size;
  bool is_text;
};

struct Layout {
  std::size_t size = 0;  // of the fixed part, header included; 0: there is no such kind
  std::span<const Member> members;
  std::span<const std::size_t> texts;  // where the texts among them stand
};

// What every record begins with.
const Layout& header_layout();

// The members of a kind's records behind the header. Any number may be asked for.
const Layout& layout_of(unsigned kind);

}  // namespace picket
