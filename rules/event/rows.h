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

std::span<const Field> event();      // evt.*
std::span<const Field> process();    // proc.*
std::span<const Field> thread();     // thread.*
std::span<const Field> user();       // user.*, group.*
std::span<const Field> file();       // fd.* of everything, and of files
std::span<const Field> socket();     // fd.* of sockets
std::span<const Field> dns();        // dns.*, beside the wire fields
std::span<const Field> container();  // container.*, k8s.*
std::span<const Field> wire();       // <kind>.*

// The record of an event as its kind's struct; nullptr when it is of another kind.
inline const pk_open* as_open(const Event& event) {
  return event.kind() == Kind::open ? &event.as<pk_open>() : nullptr;
}
inline const pk_open_failed* as_open_failed(const Event& event) {
  return event.kind() == Kind::open_failed ? &event.as<pk_open_failed>() : nullptr;
}

// fd.name of a socket.
Value socket_name(const SocketInfo& socket, Scratch& scratch);

// Text that is empty when nobody knows it.
inline Value known_text(std::string_view text) { return text.empty() ? Value{} : Value{text}; }

// Numbers that are 0 when nobody knows them.
inline Value known_number(std::uint64_t number) { return number == 0 ? Value{} : Value{number}; }

}  // namespace picket::rows
