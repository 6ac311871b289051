// SPDX-License-Identifier: Apache-2.0
//
// Ways to do one thing (system calls, their 32-bit twins, ioctls), and what the event of each must say: every wire
// field, evt.type, and that there is one event for each and no other.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/kernel/support/wire.h"

namespace picket::test {

struct Way {
  const char* name;            // for messages
  const char* type;            // evt.type
  long syscall;                // header.syscall
  std::function<int()> act;    // in a child, as its exit code
  std::vector<Fields> events;  // the kind's fields, and header fields that are not ordinary; in order
  bool compat = false;         // by a 32-bit call
  int exit_code = 0;
};

// Goes all ways. The sensor must have wire_rule(kind, kind, ...), which wants all events of the kind, and kEndRule.
void expect_ways(Sensor& sensor, const std::string& kind, const std::vector<Way>& ways);

// By the end of a process it is known that what happened before has been reported.
inline constexpr const char* kEndRule = R"(
- rule: end
  desc: A process ended.
  condition: evt.type = procexit
  output: "%proc.name"
  priority: DEBUG
)";

}  // namespace picket::test
