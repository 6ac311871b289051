// SPDX-License-Identifier: Apache-2.0
//
// proc.*: the process that acted: who it is, how it was called, what it was given.
#include <sys/stat.h>

#include <algorithm>

#include "rules/event/process_rows.h"

namespace picket::rows {
namespace {

// ---- how it was called ----

// Argument number `index` behind argv[0], or all of them.
Value one_or_all_args(const Event& event, int index, Scratch&) {
  const Process* process = actor(event);
  if (!process) return {};
  if (index < 0) return args(*process);
  std::string_view rest = process->argv;
  for (; index >= 0 && !rest.empty(); --index) rest.remove_prefix(std::min(rest.find('\0'), rest.size() - 1) + 1);
  return rest.empty() ? Value{} : Value{rest.substr(0, rest.find('\0'))};
}

// Every argument ends in a NUL byte, the last one unless it was cut.
Value count_args(const Process& process) {
  if (process.argv.empty()) return {};
  const auto ends = std::count(process.argv.begin(), process.argv.end(), '\0');
  const bool cut = process.argv.back() != '\0';
  return static_cast<std::uint64_t>(ends + (cut ? 1 : 0) - 1);
}

Value args_size(const Process& process) {
  if (process.argv.empty()) return {};
  const auto blanks = std::max<std::uint64_t>(std::get<std::uint64_t>(count_args(process)), 1) - 1;
  return process.args().size() - blanks;
}

Value exe_line(const Event& event, int, Scratch& scratch) {
  const Process* process = actor(event);
  return process ? known_text(blanks_for_nuls(process->argv, scratch)) : Value{};
}

// ---- what it was given ----

Value env(const Event& event, int, Scratch& scratch) {
  const Process* process = actor(event);
  return process ? environment(*process, scratch) : Value{};
}

Value env_variable(const Event& event, std::string_view name, Scratch&) {
  const Process* process = actor(event);
  return process ? variable(*process, name) : Value{};
}

Value cwd(const Process& process) { return known_text(process.cwd); }
Value tty(const Process& process) { return process.known ? Value{std::uint64_t{process.tty}} : Value{}; }

struct FileType {
  mode_t format;
  std::string_view name;
};

constexpr FileType kFileTypes[] = {
    {0, "closed"},     {S_IFREG, "file"}, {S_IFDIR, "directory"}, {S_IFSOCK, "socket"},
    {S_IFIFO, "pipe"}, {S_IFCHR, "char"}, {S_IFBLK, "block"},
};

template <std::uint16_t Process::*mode>
Value stream_type(const Process& process) {
  if (!process.known) return {};
  for (const FileType& type : kFileTypes) {
    // Anonymous inodes (epoll, signalfd...) have permissions but no format: not closed.
    const bool same = type.format == 0 ? process.*mode == 0 : (process.*mode & S_IFMT) == type.format;
    if (same) return type.name;
  }
  return std::string_view("other");
}

// ---- who it is ----

Value event_pid(const Event& event, int, Scratch&) {
  if (!kDone.contains(event.kind())) return {};
  return std::uint64_t{pk_key_pid(event.header->process)};
}

Value duration(const Event& event, int, Scratch&) { return age(event, actor(event)); }
Value start_time(const Event& event, int, Scratch&) { return start(event, actor(event)); }

constexpr Argument kNone = Argument::None;

constexpr Field kFields[] = {
    {"proc.name", Type::Text, kNone, kDone, "Task name: the executable's file name, cut to 15 bytes.", self<name>},
    {"proc.pid", Type::Unsigned, kNone, kDone, "Process id in the initial pid namespace (for fork: the child's).",
     event_pid},
    {"proc.vpid", Type::Unsigned, kNone, kDone, "Process id in the process's own pid namespace.", self<vpid>},
    {"proc.cmdline", Type::Text, kNone, kDone, "Task name and the arguments after the first, joined by blanks.",
     self<command_line>},
    {"proc.exeline", Type::Text, kNone, kDone, "All arguments, argv[0] included, joined by blanks.", exe_line},
    {"proc.args", Type::Text, Argument::Optional, kDone,
     "The arguments after the first, joined by blanks; [0] is the first of them alone.", one_or_all_args},
    {"proc.cmdnargs", Type::Unsigned, kNone, kDone, "How many arguments there are after the first.", self<count_args>},
    {"proc.cmdlenargs", Type::Unsigned, kNone, kDone, "Bytes of the arguments after the first, blanks not counted.",
     self<args_size>},
    {"proc.cwd", Type::Text, kNone, kDone, "Working directory at the last exec.", self<cwd>},
    {"proc.tty", Type::Unsigned, kNone, kDone, "Device number of the controlling terminal; 0 when there is none.",
     self<tty>},
    {"proc.duration", Type::Unsigned, kNone, kDone, "Nanoseconds from the start of the process to the event.",
     duration},
    {"proc.pid.ts", Type::Unsigned, kNone, kDone, "Start of the process, nanoseconds since 1970.", start_time},
    {.name = "proc.env",
     .type = Type::Text,
     .argument = Argument::OptionalName,
     .kinds = kDone,
     .doc = "Environment variables at the last exec, NAME=value joined by blanks: those that sensor.env names. "
            "[NAME] is the value of one.",
     .get = env,
     .get_named = env_variable},
    {"proc.stdin.type", Type::Text, kNone, kDone,
     "What descriptor 0 was at the last exec: file, directory, socket, pipe, char, block, closed or other.",
     self<stream_type<&Process::stdin_mode>>},
    {"proc.stdout.type", Type::Text, kNone, kDone, "What descriptor 1 was at the last exec, in the same words.",
     self<stream_type<&Process::stdout_mode>>},
    {"proc.stderr.type", Type::Text, kNone, kDone, "What descriptor 2 was at the last exec, in the same words.",
     self<stream_type<&Process::stderr_mode>>},
};

}  // namespace

Value environment(const Process& process, Scratch& scratch) {
  return known_text(blanks_for_nuls(process.env, scratch));
}

Value variable(const Process& process, std::string_view name) {
  std::string_view rest = process.env;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\0'));
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == '=') {
      return line.substr(name.size() + 1);
    }
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  return {};
}

std::span<const Field> process() { return kFields; }

}  // namespace picket::rows
