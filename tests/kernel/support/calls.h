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

// A directory with the files that the calls are about. Made anew for each call.
struct Place {
  std::string path;

  std::string file() const { return path + "/marked-by-calls-test"; }
  std::string other() const { return path + "/other-marked-by-calls-test"; }
};

struct CallRow {
  const char* type;                       // evt.type
  std::function<int(const Place&)> call;  // in a child; 0 or more: it was done
  KernelRelease since = {0, 0};           // the first kernel that has it
};

struct Calls {
  std::string kind;       // also the rule's name
  std::string condition;  // what matches the calls' events, and nothing else of the kind
  std::function<void(const Place&)> prepare = [](const Place&) {};
  std::vector<CallRow> rows;
};

// Runs all rows with a sensor of their own, on a tmpfs and on the overlay that is the guest's root: each exactly once.
void expect_calls(const Calls& calls);

// An io_uring operation as those about paths are: the first path in addr, relative to the working directory.
io_uring_sqe ring_operation(unsigned opcode, const std::string& path);

}  // namespace picket::test
