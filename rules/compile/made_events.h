// SPDX-License-Identifier: Apache-2.0
//
// One event of a test, from its map. Private to rules/compile.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "rules/event/made_event.h"
#include "rules/policy/documents.h"

namespace picket {

struct WrittenEvent {
  MadeEvent made;
  std::optional<std::uint64_t> at;  // nanoseconds after the first event
  std::uint64_t times = 1;          // how often it happens
};

// Nothing after an error.
std::optional<WrittenEvent> read_event(const policy::Written& written, std::vector<Diagnostic>& diagnostics);

}  // namespace picket
