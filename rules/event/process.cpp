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

namespace {

// The arguments after argv[0], with NUL bytes between them.
std::string_view arguments_of(std::string_view argv) {
  argv.remove_prefix(std::min(argv.substr(0, argv.find('\0')).size() + 1, argv.size()));
  if (argv.ends_with('\0')) argv.remove_suffix(1);
  return argv;
}

}  // namespace

bool Process::cmdline_follows() const {
  std::string_view rest = cmdline;
  const std::string_view arguments = arguments_of(argv);
  if (!rest.starts_with(comm)) return false;
  rest.remove_prefix(comm.size());
  if (arguments.empty()) return rest.empty();
  return rest.size() == arguments.size() + 1 && rest.front() == ' ' &&
         std::equal(arguments.begin(), arguments.end(), rest.begin() + 1,
                    [](char argument, char joined) { return (argument == '\0' ? ' ' : argument) == joined; });
}

std::string joined_cmdline(std::string_view comm, std::string_view argv) {
  std::string line(comm);
  const std::string_view arguments = arguments_of(argv);
  if (!arguments.empty()) line += ' ';
  line += arguments;
  std::replace(line.begin() + static_cast<std::ptrdiff_t>(comm.size()), line.end(), '\0', ' ');
  return line;
}

}  // namespace picket
