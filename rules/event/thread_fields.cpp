// SPDX-License-Identifier: Apache-2.0
//
// thread.*: what the process may do. Linux keeps these for each thread; shown are those of the first one.
#include "rules/event/rows.h"

namespace picket::rows {
namespace {

// By number: linux/capability.h. None was ever renumbered.
constexpr std::string_view kNames[] = {
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};

constexpr std::size_t kLongest = [] {
  std::size_t size = 0;
  for (const std::string_view name : kNames) size += name.size() + 1;
  return size;
}();

// Joined by blanks; no capability is an empty text, not a missing one. Bits that no name is known for are not shown.
template <std::uint64_t Process::*set>
Value names(const Event& event, int, Scratch& scratch) {
  const Process* process = kDone.contains(event.kind()) ? event.process : nullptr;
  if (!process || !process->known) return {};
  char* text = scratch.room(kLongest);
  char* at = text;
  for (std::size_t bit = 0; bit < std::size(kNames); ++bit) {
    if ((process->*set >> bit & 1) == 0) continue;
    if (at != text) *at++ = ' ';
    at += kNames[bit].copy(at, kNames[bit].size());
  }
  return std::string_view(text, static_cast<std::size_t>(at - text));
}

constexpr Argument kNone = Argument::None;

constexpr Field kFields[] = {
    {"thread.cap_permitted", Type::Text, kNone, kDone,
     "Permitted capabilities, CAP_CHOWN CAP_KILL..., joined by blanks: since the last exec, or the last change that a "
     "rule about setuid or capset made known.",
     names<&Process::cap_permitted>},
    {"thread.cap_effective", Type::Text, kNone, kDone, "Effective capabilities, in the same form.",
     names<&Process::cap_effective>},
    {"thread.cap_inheritable", Type::Text, kNone, kDone, "Inheritable capabilities, in the same form.",
     names<&Process::cap_inheritable>},
};

}  // namespace

std::span<const Field> thread() { return kFields; }

}  // namespace picket::rows
