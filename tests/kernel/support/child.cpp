// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/support/child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace picket::test {

Child::Child(std::function<int()> act) {
  int ends[2];
  EXPECT_EQ(0, pipe2(ends, O_CLOEXEC));
  pid_ = fork();
  if (pid_ == 0) {
    char byte;
    if (read(ends[0], &byte, 1) != 1) _exit(126);
    _exit(act());
  }
  close(ends[0]);
  start_ = ends[1];
}

Child::~Child() { end(); }

Child& Child::go() {
  if (start_ < 0) return *this;
  EXPECT_EQ(1, write(start_, "", 1));
  close(start_);
  start_ = -1;
  return *this;
}

int Child::wait() {
  go();
  if (!waited_) {
    EXPECT_EQ(pid_, waitpid(pid_, &status_, 0));
    waited_ = true;
  }
  return status_;
}

void Child::end() {
  if (waited_) return;
  kill(pid_, SIGKILL);
  if (start_ >= 0) close(start_);  // not go(): nobody may be left to read it
  start_ = -1;
  wait();
}

int execute(const std::string& path, const std::vector<std::string>& arguments) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execv(path.c_str(), argv.data());
  return 127;
}

}  // namespace picket::test
