// SPDX-License-Identifier: Apache-2.0
//
// What an event says about a socket: both ends as far as they are known, and who is the server. One shape for all kinds
// that have to do with sockets, so that fields, exporters and the sensor need not know their records.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "rules/event/event.h"
#include "rules/event/value.h"

namespace picket {

struct Endpoint {
  Address address;
  std::uint16_t port = 0;  // host order
};

// What this side of a connection is. A bound or listening socket is a server's.
enum class Role { Unknown, Client, Server };

struct SocketInfo {
  std::uint16_t family = 0, type = 0, protocol = 0;  // as the kernel numbers them
  Role role = Role::Unknown;
  std::optional<Endpoint> local, remote;  // of IP sockets. IPv4 inside IPv6 (::ffff:a.b.c.d) is IPv4 here
  std::string_view path;                  // of unix sockets; may begin with a NUL byte

  // Nothing when it is not known, or not which end it is.
  const std::optional<Endpoint>& server() const;
  const std::optional<Endpoint>& client() const;
};

// The kinds that have one. dup has one when a socket was copied.
inline constexpr KindSet kSocketKinds{Kind::bind, Kind::listen, Kind::connect, Kind::accept,
                                      Kind::send, Kind::close,  Kind::dup};

// Those of them that may have a remote end, of which the sensor may know the name.
inline constexpr KindSet kRemoteKinds{Kind::connect, Kind::accept, Kind::send, Kind::close, Kind::dup};

// Views of the event; nothing for events without a socket.
std::optional<SocketInfo> socket_of(const Event& event);

// The address of a record as it is meant. Nothing for families other than IPv4 and IPv6.
std::optional<Address> address_of(std::uint16_t family, const pk_address& bytes);

}  // namespace picket
