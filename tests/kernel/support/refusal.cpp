// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/support/refusal.h"

#include <sys/wait.h>

#include <cerrno>

namespace picket::test {

std::string deny(const std::string& name, const std::string& condition, const std::string& more) {
  return "- rule: " + name + "\n  desc: d\n  condition: " + condition +
         "\n  output: refused\n  priority: WARNING\n  action: deny\n" + more;
}

int failure(long result) { return result < 0 ? errno : 0; }

int end_of(Child& child) {
  const int status = child.wait();
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int attempt(const std::function<int()>& act) {
  Child child(act);
  child.go();
  return end_of(child);
}

}  // namespace picket::test
