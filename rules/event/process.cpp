// SPDX-License-Identifier: Apache-2.0
//
// Parts of a process's argument vector, as views.
#include "rules/event/process.h"

#include <algorithm>

namespace picket {

std::string_view Process::argv0() const {
  const std::string_view all = argv;
  return all.substr(0, all.find('\0'));
}

// The command line ends in the arguments joined by blanks: as many bytes as they take in argv, whatever the task's name
// in front of them was.
std::string_view Process::args() const {
  std::string_view rest = argv;
  rest.remove_prefix(std::min(argv0().size() + 1, rest.size()));
  if (rest.ends_with('\0')) rest.remove_suffix(1);
  const std::string_view joined = cmdline;
  return rest.size() <= joined.size() ? joined.substr(joined.size() - rest.size()) : std::string_view();
}

}  // namespace picket
