// SPDX-License-Identifier: Apache-2.0
//
// The parts of the field catalogue, one file each, and what their accessors share. Private to rules/event.
#pragma once

#include <span>
#include <string_view>

#include "rules/event/catalogue.h"
#include "rules/event/endpoints.h"
#include "rules/event/outcome.h"

namespace picket::rows {

std::span<const Field> event();       // evt.*: which call, when
std::span<const Field> outcome();     // evt.res and others of the call's end
std::span<const Field> arguments();   // evt.arg.*
std::span<const Field> process();     // proc.* of the process that acted
std::span<const Field> executable();  // proc.*exe*
std::span<const Field> hash();        // proc.exe_hash.*, file.hash.*
std::span<const Field> ancestors();   // proc.* of its parent, ancestors, session and group
std::span<const Field> thread();      // thread.*
std::span<const Field> user();        // user.*, group.*
std::span<const Field> file();        // fd.* of everything, and of files
std::span<const Field> socket();      // fd.* of sockets
std::span<const Field> path();        // fs.path.*, evt.abspath
std::span<const Field> dns();         // dns.*, beside the wire fields
std::span<const Field> container();   // container.*, k8s.*
std::span<const Field> lists();       // of labels and mounts
std::span<const Field> wire();        // <kind>.*

// The record of an event as its kind's struct; nullptr when it is of another kind.
inline const pk_open* as_open(const Event& event) {
  return event.kind() == Kind::open ? &event.as<pk_open>() : nullptr;
}
inline const pk_open_failed* as_open_failed(const Event& event) {
  return event.kind() == Kind::open_failed ? &event.as<pk_open_failed>() : nullptr;
}

// Whether an open made the file that it opened.
inline bool was_created(const pk_open& open) {
  constexpr std::uint32_t kModeCreated = 0x100000;  // FMODE_CREATED
  return (open.file_mode & kModeCreated) != 0;
}

// fd.name and fd.typechar of what the event's descriptor stands for; missing, "" when it is about none.
Value object_name(const Event& event, Scratch& scratch);
std::string_view object_letter(const Event& event);

// fd.typechar of a file of that st_mode.
std::string_view file_letter(std::uint32_t mode);

// fd.name of a socket, and what Falco adds to the letter of an IP socket: t, u, i or r; "" for all others.
Value socket_name(const SocketInfo& socket, Scratch& scratch);
std::string_view protocol_letter(const Event& event);

// The kinds that happen in a container or on the host.
inline constexpr KindSet kAnywhere = ~KindSet{Kind::loss, Kind::policy, Kind::result, Kind::other_name};

// The value of container.id.
Value container_id(const Event& event);

// The parts one after another.
std::string_view joined(std::span<const std::string_view> parts, Scratch& scratch);
inline std::string_view joined(std::initializer_list<std::string_view> parts, Scratch& scratch) {
  return joined(std::span(parts.begin(), parts.size()), scratch);
}

// Strings that each end in a NUL byte, joined by blanks.
std::string_view blanks_for_nuls(std::string_view strings, Scratch& scratch);

// Text that is empty when nobody knows it.
inline Value known_text(std::string_view text) { return text.empty() ? Value{} : Value{text}; }

// Numbers that are 0 when nobody knows them.
inline Value known_number(std::uint64_t number) { return number == 0 ? Value{} : Value{number}; }

}  // namespace picket::rows
