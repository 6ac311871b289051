// SPDX-License-Identifier: Apache-2.0
//
// What the three parts of proc.* share: questions that can be asked of any process. Private to rules/event.
#pragma once

#include "rules/event/rows.h"

namespace picket::rows {

// How far up ancestors are looked at. Deeper nesting is no ordinary work, and a walk must end.
inline constexpr int kMaxAncestors = 256;

using Question = Value(const Process&);

inline Value name(const Process& process) { return known_text(process.comm); }
inline Value exe(const Process& process) { return known_text(process.argv0()); }
inline Value exe_path(const Process& process) { return known_text(process.exe_path); }
inline Value command_line(const Process& process) { return known_text(process.cmdline); }
inline Value args(const Process& process) { return process.argv.empty() ? Value{} : Value{process.args()}; }
inline Value pid(const Process& process) { return known_number(process.pid); }
inline Value vpid(const Process& process) { return known_number(process.vpid); }

// The process that acted.
inline const Process* actor(const Event& event) { return kDone.contains(event.kind()) ? event.process : nullptr; }

template <Question question>
Value self(const Event& event, int, Scratch&) {
  const Process* process = actor(event);
  return process ? question(*process) : Value{};
}

// Nanoseconds since the process started, and its start in nanoseconds since 1970.
inline Value age(const Event& event, const Process* process) {
  if (!process || process->start_time == 0) return {};
  const std::uint64_t now = event.header->time;
  return now > process->start_time ? now - process->start_time : std::uint64_t{0};
}

inline Value start(const Event& event, const Process* process) {
  if (!process || process->start_time == 0) return {};
  return process->start_time + static_cast<std::uint64_t>(event.wall_clock_offset);
}

// All variables joined by blanks, or the value of one.
Value environment(const Process& process, Scratch& scratch);
Value variable(const Process& process, std::string_view name);

}  // namespace picket::rows
