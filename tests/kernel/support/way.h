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

// Runs a sensor with a rule that wants all events of the kind that `condition` lets through, and goes all ways.
void expect_ways(const std::string& kind, const std::string& condition, const std::vector<Way>& ways);

}  // namespace picket::test
