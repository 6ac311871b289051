// SPDX-License-Identifier: Apache-2.0
//
// Every way to ask for one thing: rows of calls that must each be told once, with their name in evt.type, wherever the
// file is.
#pragma once

#include <linux/io_uring.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/kernel/support/kernel.h"
#include "tests/kernel/support/sensor.h"

namespace picket::test {

// A directory with the files that the calls are about. Made anew for each call; it is called "calls-of-" and the kind.
struct Place {
  std::string path;

  std::string file() const { return path + "/file"; }
  std::string other() const { return path + "/other"; }
};

struct CallRow {
  const char* type;                       // evt.type
  std::function<int(const Place&)> call;  // in a child; 0 or more: it was done
  KernelRelease since = {0, 0};           // the first kernel that has it
};

struct Calls {
  std::string kind;  // also the rule's name
  std::function<void(const Place&)> prepare = [](const Place&) {};
  std::vector<CallRow> rows;
};

// The rule of a kind: what matches its calls' events, and nothing else of the kind.
std::string calls_rule(const std::string& kind, const std::string& condition);

// Such rules, one for each of these paths, "rename.old_path", which has the kind's place in it.
std::string calls_rules(const std::vector<std::string>& paths);

// Goes through all rows, on a tmpfs and on the overlay that is the guest's root. The sensor, which has the kind's rule,
// must say each exactly once, and nothing else of whoever made the call.
void expect_calls(Sensor& sensor, const Calls& calls);

// An io_uring operation as those about paths are: the first path in addr, relative to the working directory.
io_uring_sqe ring_operation(unsigned opcode, const std::string& path);

}  // namespace picket::test
