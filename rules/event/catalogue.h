// SPDX-License-Identifier: Apache-2.0
//
// The field catalogue: every name that a rule can write, with its type, its documentation and its accessor.
//
// Two kinds of row. Wire fields come from bpf/shared/fields/*.def by themselves, as <kind>.<name> (open.path,
// exec.login_uid). Derived fields, Falco's names among them, are one row each in *_fields.cpp. Nothing else in the
// program lists fields: the checker, the matcher, output templates, exporters and `picket fields` all walk this.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "rules/event/event.h"
#include "rules/event/value.h"

namespace picket {

// What may stand in brackets after the name.
enum class Argument {
  None,      // proc.name
  Optional,  // a number: proc.aname (any ancestor) or proc.aname[2]
  Required,
  OptionalName,  // any text: proc.env or proc.env[PATH]
  RequiredName,
};

// How a check treats the values of a field that stands for several.
enum class Several {
  Any,   // proc.aname: it holds when it holds for one of them
  Ends,  // fd.ip: the same, but != holds when it holds for all of them
  List,  // one value that is a list: `in` holds when all elements are named, `intersects` when one is
};

struct Field {
  std::string_view name;
  Type type;
  Argument argument;
  KindSet kinds;  // where the field can have a value; elsewhere it is missing
  std::string_view doc;

  // The value for this event; missing when the event has none. `index` is the bracketed number, -1 when absent.
  // Allocates nothing once scratch has grown. Thread-safe as far as the event's own data and scratch are not shared.
  Value (*get)(const Event& event, int index, Scratch& scratch);

  // For fields that stand for several values (proc.aname without an index): value number `position`, missing at the
  // end. Null for fields of one value. `several` says what a comparison makes of them.
  Value (*get_each)(const Event& event, int position, Scratch& scratch) = nullptr;

  // Kinds of event that the sensor has to see for the field to have a value, beside those that it is asked about.
  KindSet needs = {};

  // A rule that names this field waits for the end of the call.
  bool asks_outcome = false;

  Several several = Several::Any;

  // Hashes that it needs: the sensor reads files when an evaluation comes to it.
  Hashes hashes = {};

  // Why the kernel can never decide it, as rules that deny or kill need; empty: there is no more to say than that.
  std::string_view why_not_denied = {};

  // For fields whose argument is a name: the value for this one. `get` is for the field without an argument.
  Value (*get_named)(const Event& event, std::string_view name, Scratch& scratch) = nullptr;
};

// All fields in the order of the documentation.
std::span<const Field> all_fields();

// The last ones of them: those that bpf/shared/fields/*.def lists.
std::span<const Field> wire_fields();

// The field of that name, or nullptr.
const Field* find_field(std::string_view name);

// The names that evt.type can have for events of this kind: {"open", "openat", ...}.
std::span<const std::string_view> call_names(Kind kind);

// A call by which events of a kind come about, with its numbers, as records have them, in the system-call tables of the
// machine this is built for: the native one, that of 32-bit programs, that of x32; -1 when it has no such call.
struct CallNumbers {
  std::string_view name;
  std::int32_t native, compat, x32;
};

std::vector<CallNumbers> calls_of(Kind kind);

// What evt.type shows for this event: the system call's name, "io_uring" when the operation came through a ring, or the
// kind's first call name when the call is not known.
std::string_view call_name(const Event& event);

}  // namespace picket
