// SPDX-License-Identifier: Apache-2.0
//
// thread.*: which thread acted, and what it may do. Linux keeps capabilities for each thread; shown are those of the
// first one.
#include "rules/event/number_names.h"
#include "rules/event/rows.h"

namespace picket::rows {
namespace {

constexpr KindSet kNumbered = kDone & ~KindSet{Kind::fork};

// Joined by blanks; no capability is an empty text, not a missing one. Bits that no name is known for are not shown.
template <std::uint64_t Process::*set>
Value names(const Event& event, int, Scratch& scratch) {
  const Process* process = kDone.contains(event.kind()) ? event.process : nullptr;
  if (!process || !process->known) return {};
  return joined_names(process->*set, names::kCapabilities, ' ', scratch);
}

// Of a fork, the thread is the parent's.
std::uint32_t acting_process(const Event& event) {
  return pk_key_pid(event.kind() == Kind::fork ? event.as<pk_fork>().creator : event.header->process);
}

Value tid(const Event& event, int, Scratch&) {
  return kDone.contains(event.kind()) ? Value{std::uint64_t{event.header->tid}} : Value{};
}

Value is_main(const Event& event, int, Scratch&) {
  return kDone.contains(event.kind()) ? Value{event.header->tid == acting_process(event)} : Value{};
}

// A first thread's number is the process's; in the initial pid namespace every thread has one number only.
Value vtid(const Event& event, int, Scratch&) {
  const Process* process = kNumbered.contains(event.kind()) ? event.process : nullptr;
  if (!process || process->vpid == 0) return {};
  if (event.header->tid == process->pid) return std::uint64_t{process->vpid};
  return process->pid == process->vpid ? Value{std::uint64_t{event.header->tid}} : Value{};
}

constexpr Argument kNone = Argument::None;

constexpr Field kFields[] = {
    {"thread.tid", Type::Unsigned, kNone, kDone, "Id of the thread that acted, in the initial pid namespace.", tid},
    {"thread.vtid", Type::Unsigned, kNone, kNumbered,
     "Its id in its own pid namespace; in other namespaces than the initial one known of first threads only.", vtid},
    {"thread.ismain", Type::Bool, kNone, kDone, "The thread that acted is the first one of its process.", is_main},
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
