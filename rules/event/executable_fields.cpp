// SPDX-License-Identifier: Apache-2.0
//
// proc.*exe*: what the process that acted executes.
#include "rules/event/process_rows.h"

namespace picket::rows {
namespace {

Value inode(const Process& process) { return known_number(process.inode); }
Value mtime(const Process& process) { return known_number(process.exe_mtime); }
Value ctime(const Process& process) { return known_number(process.exe_ctime); }

// A file that changed after the process had started (fork, write, execve) is as fresh as can be.
Value ctime_to_start(const Event& event, int, Scratch&) {
  const Process* process = actor(event);
  const Value started = start(event, process);
  if (!present(started) || process->exe_ctime == 0) return {};
  const std::uint64_t time = std::get<std::uint64_t>(started);
  return time > process->exe_ctime ? time - process->exe_ctime : std::uint64_t{0};
}

template <pk_exe_flag flag>
Value exe_flag(const Process& process) {
  return process.known ? Value{(process.exe_flags & flag) != 0} : Value{};
}

constexpr Argument kNone = Argument::None;

constexpr Field kFields[] = {
    {"proc.exe", Type::Text, kNone, kDone, "First argument (argv[0]): what the caller claims to run.", self<exe>},
    {"proc.exepath", Type::Text, kNone, kDone, "Resolved path of the executable file that the kernel mapped.",
     self<exe_path>},
    {"proc.exe_ino", Type::Unsigned, kNone, kDone, "Inode number of the executable file.", self<inode>},
    {"proc.exe_ino.mtime", Type::Unsigned, kNone, kDone,
     "Last change of the executable's content before it was started, nanoseconds since 1970.", self<mtime>},
    {"proc.exe_ino.ctime", Type::Unsigned, kNone, kDone,
     "Last change of the executable's inode (permissions, owner, names, content) before it was started, nanoseconds "
     "since 1970.",
     self<ctime>},
    {"proc.exe_ino.ctime_duration_proc_start", Type::Unsigned, kNone, kDone,
     "Nanoseconds from proc.exe_ino.ctime to the start of the process; 0 when the file changed later than that.",
     ctime_to_start},
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
};

}  // namespace

std::span<const Field> executable() { return kFields; }

}  // namespace picket::rows
