// SPDX-License-Identifier: Apache-2.0
//
// proc.*: those around the process that acted: its parent, its ancestors, the leaders of its session and group.
#include <charconv>

#include "rules/event/process_rows.h"

namespace picket::rows {
namespace {

// ---- the parent ----

const Process* parent_of(const Event& event) {
  const Process* process = actor(event);
  return process ? process->parent : nullptr;
}

template <Question question>
Value parent(const Event& event, int, Scratch&) {
  const Process* process = parent_of(event);
  return process ? question(*process) : Value{};
}

Value parent_exe_line(const Event& event, int, Scratch& scratch) {
  const Process* process = parent_of(event);
  return process ? known_text(blanks_for_nuls(process->argv, scratch)) : Value{};
}

Value parent_duration(const Event& event, int, Scratch&) { return age(event, parent_of(event)); }
Value parent_start(const Event& event, int, Scratch&) { return start(event, parent_of(event)); }

// ---- ancestors ----

const Process* ancestor_at(const Event& event, int level) {
  if (level > kMaxAncestors) return nullptr;
  const Process* process = actor(event);
  while (process && level-- > 0) process = process->parent;
  return process;
}

// Number `position` among the ancestors that have an answer: one that is not known must not end the list.
template <class Ask>
Value each_answer(const Event& event, int position, Ask ask) {
  const Process* process = actor(event);
  for (int level = 0; process && level < kMaxAncestors; ++level) {
    process = process->parent;
    const Value answer = process ? ask(*process) : Value{};
    if (present(answer) && position-- == 0) return answer;
  }
  return {};
}

template <Question question>
Value each_ancestor(const Event& event, int position, Scratch&) {
  return each_answer(event, position, question);
}

// Level 0 is the process itself, 1 its parent. Without a level: the nearest ancestor that has an answer.
template <Question question>
Value ancestor(const Event& event, int level, Scratch& scratch) {
  if (level < 0) return each_ancestor<question>(event, 0, scratch);
  const Process* process = ancestor_at(event, level);
  return process ? question(*process) : Value{};
}

// The arguments of one ancestor, or those of all of them joined by blanks.
Value ancestor_args(const Event& event, int level, Scratch& scratch) {
  if (level >= 0) return ancestor<args>(event, level, scratch);
  std::string_view parts[2 * kMaxAncestors];
  std::size_t count = 0;
  const Process* process = parent_of(event);
  for (int i = 0; process && i < kMaxAncestors; ++i, process = process->parent) {
    const std::string_view text = process->args();
    if (text.empty()) continue;
    if (count > 0) parts[count++] = " ";
    parts[count++] = text;
  }
  return known_text(joined({parts, count}, scratch));
}

Value each_env(const Event& event, int position, Scratch& scratch) {
  return each_answer(event, position, [&scratch](const Process& process) { return environment(process, scratch); });
}

Value ancestor_env(const Event& event, int level, Scratch& scratch) {
  if (level < 0) return each_env(event, 0, scratch);
  const Process* process = ancestor_at(event, level);
  return process ? environment(*process, scratch) : Value{};
}

// [2]: all variables of that ancestor; [NAME]: the value of that one, of the nearest ancestor that has it.
Value named_ancestor_env(const Event& event, std::string_view name, Scratch& scratch) {
  int level = 0;
  const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), level);
  if (failure == std::errc() && end == name.data() + name.size() && level >= 0) {
    return ancestor_env(event, level, scratch);
  }
  return each_answer(event, 0, [name](const Process& process) { return variable(process, name); });
}

// Bash, sh, zsh, fish...: the oldest one that the process comes from, itself included.
Value login_shell(const Event& event, int, Scratch&) {
  const Process* process = actor(event);
  Value oldest;
  for (int level = 0; process && level <= kMaxAncestors; ++level, process = process->parent) {
    if (process->comm.ends_with("sh")) oldest = pid(*process);
  }
  return oldest;
}

// ---- leaders ----

// The leader of the process's session or group, when it is the process or one of its ancestors; else the oldest of them
// that is still in it, as in Falco.
template <std::uint32_t Process::*set>
const Process* leader_of(const Process& process) {
  const std::uint32_t wanted = process.*set;
  if (wanted == 0) return nullptr;
  const Process* at = &process;
  for (int level = 0; at && level <= kMaxAncestors; ++level, at = at->parent) {
    if (at->pid == wanted) return at;
  }
  at = &process;
  for (int level = 0; at->parent && at->parent->*set == wanted && level < kMaxAncestors; ++level) at = at->parent;
  return at;
}

template <std::uint32_t Process::*set, Question question>
Value leader(const Process& process) {
  const Process* found = leader_of<set>(process);
  return found ? question(*found) : Value{};
}

template <std::uint32_t Process::*set>
Value number_of(const Process& process) {
  return known_number(process.*set);
}

template <std::uint32_t Process::*set>
Value is_leader(const Process& process) {
  return process.known && process.*set != 0 ? Value{process.*set == process.pid} : Value{};
}

// The number of the group is that of its leader; in the initial pid namespace every process has one number only.
Value vpgid(const Process& process) {
  const Process* found = leader_of<&Process::process_group>(process);
  if (!found) return {};
  const bool leads = found->pid == process.process_group && found->pid_namespace == process.pid_namespace;
  if (leads) return vpid(*found);
  return process.pid == process.vpid ? known_number(process.process_group) : Value{};
}

constexpr auto kSession = &Process::session;
constexpr auto kGroup = &Process::process_group;

constexpr Argument kNone = Argument::None;
constexpr Argument kLevel = Argument::Optional;

constexpr Field kFields[] = {
    {"proc.ppid", Type::Unsigned, kNone, kDone, "Process id of the parent.", parent<pid>},
    {"proc.pvpid", Type::Unsigned, kNone, kDone, "Its process id in its own pid namespace.", parent<vpid>},
    {"proc.pname", Type::Text, kNone, kDone, "Task name of the parent.", parent<name>},
    {"proc.pexe", Type::Text, kNone, kDone, "First argument (argv[0]) of the parent.", parent<exe>},
    {"proc.pexepath", Type::Text, kNone, kDone, "Resolved path of the parent's executable.", parent<exe_path>},
    {"proc.pcmdline", Type::Text, kNone, kDone, "Command line of the parent, as in proc.cmdline.",
     parent<command_line>},
    {"proc.pexeline", Type::Text, kNone, kDone, "All arguments of the parent, argv[0] included, joined by blanks.",
     parent_exe_line},
    {"proc.ppid.duration", Type::Unsigned, kNone, kDone, "Nanoseconds from the start of the parent to the event.",
     parent_duration},
    {"proc.ppid.ts", Type::Unsigned, kNone, kDone, "Start of the parent, nanoseconds since 1970.", parent_start},
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
    {"proc.aargs", Type::Text, kLevel, kDone,
     "Arguments of an ancestor after the first, numbered as in proc.aname; without a number, those of all ancestors "
     "joined by blanks.",
     ancestor_args},
    {.name = "proc.aenv",
     .type = Type::Text,
     .argument = Argument::OptionalName,
     .kinds = kDone,
     .doc = "Environment variables of an ancestor, numbered as in proc.aname, in the form of proc.env; [NAME] is the "
            "value of one, of the nearest ancestor that has it.",
     .get = ancestor_env,
     .get_each = each_env,
     .get_named = named_ancestor_env},
    {"proc.loginshellid", Type::Unsigned, kNone, kDone,
     "Process id of the oldest shell (a task name that ends in sh) among the process and its ancestors.", login_shell},
    {"proc.sid", Type::Unsigned, kNone, kDone, "Session id: process id of the session leader.",
     self<number_of<kSession>>},
    {"proc.sname", Type::Text, kNone, kDone,
     "Task name of the session leader; where that is neither the process nor an ancestor, of the oldest ancestor in "
     "the "
     "session.",
     self<leader<kSession, name>>},
    {"proc.sid.exe", Type::Text, kNone, kDone, "First argument (argv[0]) of the same.", self<leader<kSession, exe>>},
    {"proc.sid.exepath", Type::Text, kNone, kDone, "Resolved path of its executable.",
     self<leader<kSession, exe_path>>},
    {"proc.is_sid_leader", Type::Bool, kNone, kDone, "The process leads its session.", self<is_leader<kSession>>},
    {"proc.pgid", Type::Unsigned, kNone, kDone, "Process group: process id of its leader.", self<number_of<kGroup>>},
    {"proc.pgid.name", Type::Text, kNone, kDone,
     "Task name of the leader of the process group, or of the oldest "
     "ancestor in it.",
     self<leader<kGroup, name>>},
    {"proc.pgid.exe", Type::Text, kNone, kDone, "First argument (argv[0]) of the same.", self<leader<kGroup, exe>>},
    {"proc.pgid.exepath", Type::Text, kNone, kDone, "Resolved path of its executable.", self<leader<kGroup, exe_path>>},
    {"proc.is_pgid_leader", Type::Bool, kNone, kDone, "The process leads its process group.", self<is_leader<kGroup>>},
    {"proc.vpgid", Type::Unsigned, kNone, kDone,
     "Process group in the process's own pid namespace; in other namespaces than the initial one missing when the "
     "leader is neither the process nor an ancestor.",
     self<vpgid>},
    {"proc.vpgid.name", Type::Text, kNone, kDone, "The same as proc.pgid.name.", self<leader<kGroup, name>>},
    {"proc.vpgid.exe", Type::Text, kNone, kDone, "The same as proc.pgid.exe.", self<leader<kGroup, exe>>},
    {"proc.vpgid.exepath", Type::Text, kNone, kDone, "The same as proc.pgid.exepath.", self<leader<kGroup, exe_path>>},
    {"proc.is_vpgid_leader", Type::Bool, kNone, kDone, "The process leads its process group.", self<is_leader<kGroup>>},
};

}  // namespace

std::span<const Field> ancestors() { return kFields; }

}  // namespace picket::rows
