// SPDX-License-Identifier: Apache-2.0
//
// proc.*: the process that acted, its parent and its ancestors.
#include <sys/stat.h>

#include <algorithm>

#include "rules/event/rows.h"

namespace picket::rows {
namespace {

// How far up ancestors are looked at. Deeper nesting is no ordinary work, and a walk must end.
constexpr int kMaxAncestors = 256;

// ---- what can be asked of any process ----

Value name(const Process& process) { return known_text(process.comm); }
Value exe(const Process& process) { return known_text(process.argv0()); }
Value exe_path(const Process& process) { return known_text(process.exe_path); }
Value command_line(const Process& process) { return known_text(process.cmdline); }
Value pid(const Process& process) { return known_number(process.pid); }

// ---- and of the process that acted ----

Value args(const Process& process) { return process.argv.empty() ? Value{} : Value{process.args()}; }
Value cwd(const Process& process) { return known_text(process.cwd); }
Value vpid(const Process& process) { return known_number(process.vpid); }
Value session(const Process& process) { return known_number(process.session); }
Value exe_inode(const Process& process) { return known_number(process.inode); }
Value exe_mtime(const Process& process) { return known_number(process.exe_mtime); }
Value exe_ctime(const Process& process) { return known_number(process.exe_ctime); }
Value tty(const Process& process) { return process.known ? Value{std::uint64_t{process.tty}} : Value{}; }

template <pk_exe_flag flag>
Value exe_flag(const Process& process) {
  return process.known ? Value{(process.exe_flags & flag) != 0} : Value{};
}

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

// The session leader, when it is the process or one of its ancestors.
Value session_name(const Process& process) {
  const Process* leader = &process;
  for (int level = 0; leader && level <= kMaxAncestors; ++level, leader = leader->parent) {
    if (leader->pid != 0 && leader->pid == process.session) return name(*leader);
  }
  return {};
}

// ---- accessors ----

const Process* actor(const Event& event) { return kDone.contains(event.kind()) ? event.process : nullptr; }

using Question = Value(const Process&);

template <Question question>
Value self(const Event& event, int, Scratch&) {
  const Process* process = actor(event);
  return process ? question(*process) : Value{};
}

template <Question question>
Value parent(const Event& event, int, Scratch&) {
  const Process* process = actor(event);
  return process && process->parent ? question(*process->parent) : Value{};
}

// Number `position` among the ancestors that have an answer: one that is not known must not end the list.
template <Question question>
Value each_ancestor(const Event& event, int position, Scratch&) {
  const Process* process = actor(event);
  for (int level = 0; process && level < kMaxAncestors; ++level) {
    process = process->parent;
    const Value answer = process ? question(*process) : Value{};
    if (present(answer) && position-- == 0) return answer;
  }
  return {};
}

// Level 0 is the process itself, 1 its parent. Without a level: the nearest ancestor that has an answer.
template <Question question>
Value ancestor(const Event& event, int level, Scratch& scratch) {
  if (level < 0) return each_ancestor<question>(event, 0, scratch);
  if (level > kMaxAncestors) return {};
  const Process* process = actor(event);
  while (process && level-- > 0) process = process->parent;
  return process ? question(*process) : Value{};
}

Value event_pid(const Event& event, int, Scratch&) {
  if (!kDone.contains(event.kind())) return {};
  return std::uint64_t{pk_key_pid(event.header->process)};
}

// The variables joined by blanks, as Falco shows them.
Value environment(const Event& event, int, Scratch& scratch) {
  const Process* process = actor(event);
  if (!process || process->env.empty()) return {};
  std::string_view all = process->env;
  if (all.ends_with('\0')) all.remove_suffix(1);
  char* text = scratch.room(all.size());
  std::replace_copy(all.begin(), all.end(), text, '\0', ' ');
  return std::string_view(text, all.size());
}

Value duration(const Event& event, int, Scratch&) {
  const Process* process = actor(event);
  if (!process || process->start_time == 0) return {};
  const std::uint64_t now = event.header->time;
  return now > process->start_time ? now - process->start_time : std::uint64_t{0};
}

constexpr Argument kNone = Argument::None;
constexpr Argument kLevel = Argument::Optional;

constexpr Field kFields[] = {
    {"proc.name", Type::Text, kNone, kDone, "Task name: the executable's file name, cut to 15 bytes.", self<name>},
    {"proc.pid", Type::Unsigned, kNone, kDone, "Process id in the initial pid namespace (for fork: the child's).",
     event_pid},
    {"proc.ppid", Type::Unsigned, kNone, kDone, "Process id of the parent.", parent<pid>},
    {"proc.vpid", Type::Unsigned, kNone, kDone, "Process id in the process's own pid namespace.", self<vpid>},
    {"proc.sid", Type::Unsigned, kNone, kDone, "Session id: process id of the session leader.", self<session>},
    {"proc.sname", Type::Text, kNone, kDone,
     "Task name of the session leader; missing when it is neither the process nor an ancestor.", self<session_name>},
    {"proc.exe", Type::Text, kNone, kDone, "First argument (argv[0]): what the caller claims to run.", self<exe>},
    {"proc.exepath", Type::Text, kNone, kDone, "Resolved path of the executable file that the kernel mapped.",
     self<exe_path>},
    {"proc.cmdline", Type::Text, kNone, kDone, "Task name and the arguments after the first, joined by blanks.",
     self<command_line>},
    {"proc.args", Type::Text, kNone, kDone, "The arguments after the first, joined by blanks.", self<args>},
    {"proc.cwd", Type::Text, kNone, kDone, "Working directory at the last exec.", self<cwd>},
    {"proc.tty", Type::Unsigned, kNone, kDone, "Device number of the controlling terminal; 0 when there is none.",
     self<tty>},
    {"proc.duration", Type::Unsigned, kNone, kDone, "Nanoseconds from the start of the process to the event.",
     duration},
    {"proc.exe_ino", Type::Unsigned, kNone, kDone, "Inode number of the executable file.", self<exe_inode>},
    {"proc.exe_ino.mtime", Type::Unsigned, kNone, kDone,
     "Last change of the executable's content before it was started, nanoseconds since 1970.", self<exe_mtime>},
    {"proc.exe_ino.ctime", Type::Unsigned, kNone, kDone,
     "Last change of the executable's inode (permissions, owner, names, content) before it was started, nanoseconds "
     "since 1970.",
     self<exe_ctime>},
    {"proc.env", Type::Text, kNone, kDone,
     "Environment variables at the last exec, NAME=value joined by blanks: those that sensor.env names.", environment},
    {"proc.is_exe_writable", Type::Bool, kNone, kDone,
     "The user who started the executable may write to it (permissions, owner, groups; root always may).",
     self<exe_flag<PK_EXE_writable>>},
    {"proc.is_exe_upper_layer", Type::Bool, kNone, kDone,
     "The executable lies on an overlay's upper layer: it was put or changed in the container, not part of the image.",
     self<exe_flag<PK_EXE_upper_layer>>},
    {"proc.is_exe_lower_layer", Type::Bool, kNone, kDone, "The executable lies on an overlay's lower layer.",
     self<exe_flag<PK_EXE_lower_layer>>},
    {"proc.is_exe_from_memfd", Type::Bool, kNone, kDone, "The executable is a memfd: it lives in memory only.",
     self<exe_flag<PK_EXE_memfd>>},
    {"proc.is_exe_unlinked", Type::Bool, kNone, kDone,
     "The executable had no name left in any directory when it was started (memfds included).",
     self<exe_flag<PK_EXE_unlinked>>},
    {"proc.is_exe_on_tmpfs", Type::Bool, kNone, kDone, "The executable lies on a tmpfs or ramfs.",
     self<exe_flag<PK_EXE_tmpfs>>},
    {"proc.stdin.type", Type::Text, kNone, kDone,
     "What descriptor 0 was at the last exec: file, directory, socket, pipe, char, block, closed or other.",
     self<stream_type<&Process::stdin_mode>>},
    {"proc.stdout.type", Type::Text, kNone, kDone, "What descriptor 1 was at the last exec, in the same words.",
     self<stream_type<&Process::stdout_mode>>},
    {"proc.stderr.type", Type::Text, kNone, kDone, "What descriptor 2 was at the last exec, in the same words.",
     self<stream_type<&Process::stderr_mode>>},
    {"proc.pname", Type::Text, kNone, kDone, "Task name of the parent.", parent<name>},
    {"proc.pexe", Type::Text, kNone, kDone, "First argument (argv[0]) of the parent.", parent<exe>},
    {"proc.pexepath", Type::Text, kNone, kDone, "Resolved path of the parent's executable.", parent<exe_path>},
    {"proc.pcmdline", Type::Text, kNone, kDone, "Command line of the parent, as in proc.cmdline.",
     parent<command_line>},
    {"proc.aname", Type::Text, kLevel, kDone,
     "Task name of an ancestor: [0] is the process, [1] its parent; without a number, any ancestor up to 256 levels.",
     ancestor<name>, each_ancestor<name>},
    {"proc.apid", Type::Unsigned, kLevel, kDone, "Process id of an ancestor, numbered as in proc.aname.", ancestor<pid>,
     each_ancestor<pid>},
    {"proc.aexe", Type::Text, kLevel, kDone, "First argument of an ancestor, numbered as in proc.aname.", ancestor<exe>,
     each_ancestor<exe>},
    {"proc.aexepath", Type::Text, kLevel, kDone,
     "Resolved path of an ancestor's executable, numbered as in proc.aname.", ancestor<exe_path>,
     each_ancestor<exe_path>},
    {"proc.acmdline", Type::Text, kLevel, kDone, "Command line of an ancestor, numbered as in proc.aname.",
     ancestor<command_line>, each_ancestor<command_line>},
};

}  // namespace

std::span<const Field> process() { return kFields; }

}  // namespace picket::rows
