// SPDX-License-Identifier: Apache-2.0
//
// What of the kernel side is loaded and attached. Private to the room.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sensor/kernel/call_ends.h"
#include "sensor/kernel/part.h"
#include "sensor/kernel/programs.h"
#include "sensor/kernel/statistics.h"

namespace picket {

// A program at its hook.
struct Attached {
  const Program* row = nullptr;
  const Part* part = nullptr;
  int program = -1;  // the part's
  Link link;
  std::uint64_t refused = 0;  // calls that the kernel did not make so far
};

// What is or shall be in force: parts before what refers to them, so that links go first.
struct Pieces {
  std::vector<std::unique_ptr<Part>> parts;
  std::vector<CallEndPrograms> ends;
  std::vector<Attached> attached;
};

// All programs and maps of these.
inline void add(StatisticsReader& reader, const Pieces& pieces) {
  for (const Attached& each : pieces.attached) reader.add_program(std::string(each.row->name), each.program);
  for (const CallEndPrograms& ends : pieces.ends) {
    ends.each(
        [&reader](const std::string& function, int program) { reader.add_program("end of " + function, program); });
  }
  for (const auto& part : pieces.parts) reader.add_maps(*part->skeleton().obj);
}

}  // namespace picket
