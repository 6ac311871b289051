// SPDX-License-Identifier: Apache-2.0
//
// Process: what the sensor knows about one process, as rules and exporters see it.
//
// The process table (sensor/process) owns every Process and changes it between events, on one thread. While an event is
// evaluated nothing changes: pointers and views into a Process are good for that long. A process lives on after its
// exit while a child or a pending event needs it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bpf/shared/wire.h"
#include "rules/event/file_hash.h"
#include "rules/event/revision.h"

namespace picket {

struct Process {
  Revision revision;  // of all that is below; who its parent is, too, but not what that one is like

  pk_key key = 0;
  const Process* parent = nullptr;  // nullptr: none (pid 1, kthreadd) or unknown

  std::uint64_t start_time = 0;  // boot clock, nanoseconds
  std::uint64_t exec_time = 0;   // boot clock of the last exec; 0 when it was inherited or happened before the sensor
  std::uint32_t pid = 0;         // thread group id, initial pid namespace
  std::uint32_t vpid = 0;        // in its own pid namespace

  std::string comm;         // at most 15 bytes
  std::string exe_path;     // resolved path of the executable; empty for kernel threads
  std::string filename;     // as given to execve; empty when the process was running before the sensor
  std::string interpreter;  // as the script that was executed names it; empty when no script was
  std::string cwd;          // at the last exec
  std::string argv;         // NUL-terminated strings, one after another
  std::string env;          // those variables that the sensor was asked for: NAME=value, each ended by a NUL byte
  std::string cmdline;      // comm and the arguments after argv[0], joined by blanks (Falco's proc.cmdline)

  std::uint64_t inode = 0;
  std::uint32_t device = 0;
  std::uint32_t exe_flags = 0;                 // PK_EXE_*
  std::uint64_t exe_mtime = 0, exe_ctime = 0;  // last change of content and of inode, nanoseconds since 1970; 0 unknown
  FileHash exe_hash;                           // of the executable's content, once a rule has asked for it
  std::uint16_t exe_mode = 0;
  std::uint16_t stdin_mode = 0, stdout_mode = 0, stderr_mode = 0;

  std::uint32_t uid = 0, gid = 0;  // effective
  std::uint32_t real_uid = 0, real_gid = 0;
  std::uint32_t login_uid = UINT32_MAX;
  std::uint64_t cap_inheritable = 0, cap_permitted = 0, cap_effective = 0;  // bit n is capability n
  std::uint32_t tty = 0, process_group = 0, session = 0;
  std::uint32_t pid_namespace = 0, mount_namespace = 0, net_namespace = 0, user_namespace = 0, cgroup_namespace = 0;
  std::uint64_t cgroup = 0;

  std::uint32_t flags = 0;  // PK_FLAG_* of the record that filled it: truncations, backfilled
  bool exited = false;
  bool known = false;  // false: a placeholder for a process that was never reported

  // argv[0] and the arguments after it joined by blanks; views into argv / cmdline.
  std::string_view argv0() const;
  std::string_view args() const;

  // Whether the command line is what comm and argv make it: who tells of those need not tell of it.
  bool cmdline_follows() const;
};

// comm and the arguments after argv[0], joined by blanks.
std::string joined_cmdline(std::string_view comm, std::string_view argv);

// Names of users and groups. Implemented by sensor/process (from the host's databases) and by tests.
// Thread-safety: used from the evaluating thread only. The views stay valid until refresh(), which the engine calls
// between events only: an evaluation may hold several of them.
class Names {
 public:
  virtual ~Names() = default;
  virtual std::string_view user(std::uint32_t uid) = 0;   // "" when there is none, as of all
  virtual std::string_view home(std::uint32_t uid) = 0;   // home directory
  virtual std::string_view shell(std::uint32_t uid) = 0;  // login shell
  virtual std::string_view group(std::uint32_t gid) = 0;
  virtual void refresh() {}  // takes over what has changed

  // Of all names; 0 when whoever implements this does not tell.
  std::uint64_t revision() const { return revision_.number(); }

 protected:
  void changed() { revision_.renew(); }

 private:
  Revision revision_;
};

}  // namespace picket
