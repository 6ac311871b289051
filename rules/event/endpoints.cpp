// SPDX-License-Identifier: Apache-2.0
#include "rules/event/endpoints.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>

namespace picket {
namespace {

const std::optional<Endpoint> kNowhere;

std::optional<Endpoint> endpoint(std::uint16_t family, const pk_address& bytes, std::uint32_t port) {
  const auto address = address_of(family, bytes);
  if (!address) return std::nullopt;
  return Endpoint{*address, static_cast<std::uint16_t>(port)};
}

// What all records about sockets have.
template <class Record>
SocketInfo described(const Record& record) {
  SocketInfo socket;
  socket.family = record.family;
  socket.type = record.type;
  socket.protocol = record.protocol;
  return socket;
}

// One function for each kind. Those that are not named have no socket.
template <class Record>
std::optional<SocketInfo> read(const Event&, const Record&) {
  return std::nullopt;
}

// bind, listen: the address is the socket's own.
template <class Record>
std::optional<SocketInfo> read_own(const Event& event, const Record& record) {
  SocketInfo socket = described(record);
  socket.role = Role::Server;
  socket.local = endpoint(record.family, record.address, record.port);
  socket.path = event.text(record.path);
  return socket;
}

// connect, send: only the address that was given.
template <class Record>
std::optional<SocketInfo> read_given(const Event& event, const Record& record) {
  SocketInfo socket = described(record);
  socket.role = Role::Client;
  socket.remote = endpoint(record.family, record.address, record.port);
  socket.path = event.text(record.path);
  return socket;
}

template <class Record>
SocketInfo both_ends(const Record& record, Role role) {
  SocketInfo socket = described(record);
  socket.role = role;
  socket.local = endpoint(record.family, record.local_address, record.local_port);
  socket.remote = endpoint(record.family, record.address, record.port);
  return socket;
}

std::optional<SocketInfo> read(const Event& event, const pk_bind& record) { return read_own(event, record); }
std::optional<SocketInfo> read(const Event& event, const pk_listen& record) { return read_own(event, record); }
std::optional<SocketInfo> read(const Event& event, const pk_connect& record) { return read_given(event, record); }
std::optional<SocketInfo> read(const Event& event, const pk_send& record) { return read_given(event, record); }

std::optional<SocketInfo> read(const Event& event, const pk_accept& record) {
  SocketInfo socket = both_ends(record, Role::Server);
  socket.path = event.text(record.path);
  return socket;
}

std::optional<SocketInfo> read(const Event&, const pk_close& record) {
  constexpr Role kRoles[] = {Role::Unknown, Role::Client, Role::Server};
  return both_ends(record, record.role < std::size(kRoles) ? kRoles[record.role] : Role::Unknown);
}

// A socket without a connection has no remote port.
std::optional<SocketInfo> read(const Event&, const pk_dup& record) {
  if (record.family == AF_UNSPEC) return std::nullopt;
  SocketInfo socket = both_ends(record, Role::Unknown);
  if (record.port == 0) socket.remote.reset();
  return socket;
}

}  // namespace

// IPv4 inside IPv6 is IPv4: the packets are, and a rule must not be got round by the choice of the socket.
std::optional<Address> address_of(std::uint16_t family, const pk_address& bytes) {
  static constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (family != AF_INET && family != AF_INET6) return std::nullopt;
  const bool mapped = family == AF_INET6 && std::equal(kMapped.begin(), kMapped.end(), bytes.bytes);

  Address address;
  address.family = family == AF_INET6 && !mapped ? 6 : 4;
  std::memcpy(address.bytes.data(), mapped ? bytes.bytes + kMapped.size() : bytes.bytes, address.family == 6 ? 16 : 4);
  return address;
}

const std::optional<Endpoint>& SocketInfo::server() const {
  return role == Role::Server ? local : role == Role::Client ? remote : kNowhere;
}

const std::optional<Endpoint>& SocketInfo::client() const {
  return role == Role::Server ? remote : role == Role::Client ? local : kNowhere;
}

std::optional<SocketInfo> socket_of(const Event& event) {
  switch (event.kind()) {
#define KIND(number, name, group, doc) \
  case Kind::name:                     \
    return read(event, event.as<pk_##name>());
#include "bpf/shared/kinds.def"
#undef KIND
  }
  return std::nullopt;
}

}  // namespace picket
