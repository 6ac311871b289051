// SPDX-License-Identifier: Apache-2.0
//
// A child process that does one thing, when told to. Its pid is known, and its state can be read, before it acts.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace picket::test {

class Child {
 public:
  // Forks at once; `act` runs in the child after go(), and its result is the child's exit code.
  explicit Child(std::function<int()> act);
  ~Child();  // ends it when it still runs
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  Child& go();
  int wait();  // wait status
  void end();  // SIGKILL and wait

 private:
  pid_t pid_;
  int start_ = -1;  // a byte written here lets the child go
  bool waited_ = false;
  int status_ = 0;
};

// Replaces the process by the program, with the arguments given (the first is its name); returns 127 when that fails.
int execute(const std::string& path, const std::vector<std::string>& arguments);

}  // namespace picket::test
