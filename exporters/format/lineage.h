// SPDX-License-Identifier: Apache-2.0
//
// The process and those that it comes from as native JSON: the members "process", "parent" and "ancestors" of an alert.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "exporters/format/json.h"
#include "rules/event/event.h"

namespace picket {

// All that these members are made of, beside the id of the boot: lineage_texts.h keeps them for as long as none of it
// changes.
struct Lineage {
  const Process& process;
  Names& names;
  std::int64_t wall_clock_offset;
};

// Ancestors that are shown, the parent included.
inline constexpr std::size_t kShownAncestors = 16;

void append_lineage(JsonWriter& json, const Lineage& lineage, std::string_view boot_id);

}  // namespace picket
