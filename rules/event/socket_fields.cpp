// SPDX-License-Identifier: Apache-2.0
//
// fd.* of sockets: both ends by side (local, remote) and by part (client, server), as Falco names them.
#include <sys/socket.h>

#include <algorithm>

#include "rules/event/decimal.h"
#include "rules/event/endpoints.h"
#include "rules/event/rows.h"

namespace picket::rows {
namespace {

constexpr KindSet kOwn{Kind::bind, Kind::listen};                                // a local address only
constexpr KindSet kGiven{Kind::connect, Kind::send};                             // a remote one only
constexpr KindSet kPair{Kind::accept, Kind::close, Kind::dup};                   // both
constexpr KindSet kParted = kOwn | kGiven | KindSet{Kind::accept, Kind::close};  // client and server are known
constexpr KindSet kLocal = kOwn | kPair;
constexpr KindSet kRemote = kGiven | kPair;
constexpr KindSet kClient = kPair & kParted;
constexpr KindSet kAny = kSocketKinds | KindSet{Kind::socket};
constexpr KindSet kDns{Kind::dns};

using End = const std::optional<Endpoint>& (*)(const SocketInfo& socket);

const std::optional<Endpoint>& local(const SocketInfo& socket) { return socket.local; }
const std::optional<Endpoint>& remote(const SocketInfo& socket) { return socket.remote; }
const std::optional<Endpoint>& client(const SocketInfo& socket) { return socket.client(); }
const std::optional<Endpoint>& server(const SocketInfo& socket) { return socket.server(); }

template <End end>
Value ip(const Event& event, int, Scratch&) {
  const auto socket = socket_of(event);
  return socket && end(*socket) ? Value{end(*socket)->address} : Value{};
}

template <End end>
Value port(const Event& event, int, Scratch&) {
  const auto socket = socket_of(event);
  return socket && end(*socket) ? Value{std::uint64_t{end(*socket)->port}} : Value{};
}

// Either end: the remote one first.
template <Value (*of_remote)(const Event&, int, Scratch&), Value (*of_local)(const Event&, int, Scratch&)>
Value each_end(const Event& event, int position, Scratch& scratch) {
  const Value first = of_remote(event, -1, scratch);
  if (position == 0 && present(first)) return first;
  return position == (present(first) ? 1 : 0) ? of_local(event, -1, scratch) : Value{};
}

template <Value (*each)(const Event&, int, Scratch&)>
Value first_of(const Event& event, int, Scratch& scratch) {
  return each(event, 0, scratch);
}

constexpr auto each_ip = each_end<ip<remote>, ip<local>>;
constexpr auto each_port = each_end<port<remote>, port<local>>;

// The name that the sensor knows for the remote end.
Value remote_name(const Event& event, int, Scratch&) { return known_text(event.host_name); }

Value local_name(const Event& event, int, Scratch&) {
  return kLocal.contains(event.kind()) ? known_text(event.local_name) : Value{};
}

// The same of one part of the connection, whichever end that is.
template <End part>
Value part_name(const Event& event, int, Scratch&) {
  const auto socket = socket_of(event);
  if (!socket || !part(*socket)) return {};
  return known_text(&part(*socket) == &socket->remote ? event.host_name : event.local_name);
}

// ---- what it is ----

struct Protocol {
  std::uint16_t number;
  std::string_view name;
};

// Multipath TCP is TCP to whoever watches the wire.
constexpr Protocol kProtocols[] = {{6, "tcp"},   {262, "tcp"}, {17, "udp"},      {1, "icmp"},
                                   {58, "icmp"}, {33, "dccp"}, {136, "udplite"}, {132, "sctp"}};

// Of a number that a program asked for, 0 is what the type implies.
std::string_view protocol_name(std::uint16_t type, std::uint16_t protocol) {
  if (type == SOCK_RAW) return "raw";
  if (protocol == 0 && type == SOCK_STREAM) return "tcp";
  if (protocol == 0 && type == SOCK_DGRAM) return "udp";
  for (const Protocol& row : kProtocols) {
    if (row.number == protocol) return row.name;
  }
  return {};
}

bool is_ip(std::uint16_t family) { return family == AF_INET || family == AF_INET6; }

Value protocol(const Event& event, int, Scratch&) {
  if (event.kind() == Kind::socket) {
    const auto& made = event.as<pk_socket>();
    return is_ip(made.family) ? known_text(protocol_name(made.type, made.protocol)) : Value{};
  }
  const auto socket = socket_of(event);
  if (!socket || (!socket->remote && !socket->local)) return {};
  return known_text(protocol_name(socket->type, socket->protocol));
}

Value family_name(std::uint16_t family) {
  if (family == AF_UNIX) return std::string_view("unix");
  return is_ip(family) ? Value{std::string_view("ip")} : Value{};
}

Value socket_family(const Event& event, int, Scratch&) {
  if (event.kind() == Kind::socket) return family_name(event.as<pk_socket>().family);
  const auto socket = socket_of(event);
  return socket ? family_name(socket->family) : Value{};
}

// ---- its state ----

Value is_server(const Event& event, int, Scratch&) {
  const auto socket = socket_of(event);
  return socket && socket->role != Role::Unknown ? Value{socket->role == Role::Server} : Value{};
}

// send is about sockets that name the address in each call. A connect counts as long as it is not known to have failed.
Value connected(const Event& event, int, Scratch&) {
  const auto socket = socket_of(event);
  if (!socket) return {};
  if (event.kind() == Kind::connect) return outcome_of(event).is != Outcome::Is::Failure;
  if (kOwn.contains(event.kind()) || event.kind() == Kind::send) return false;
  return socket->remote.has_value() || event.kind() == Kind::accept;
}

Value name_changed(const Event& event, int, Scratch&) {
  return kSocketKinds.contains(event.kind()) && socket_of(event) ? Value{kGiven.contains(event.kind())} : Value{};
}

// ---- fd.name ----

constexpr std::size_t kLongestEnd = kLongestAddress + sizeof("[]:65535") - 1;

// 1.2.3.4:80, [2001:db8::1]:80
char* put_endpoint(char* at, const Endpoint& end) {
  const bool brackets = end.address.family == 6;
  if (brackets) *at++ = '[';
  at = put_text(at, end.address);
  if (brackets) *at++ = ']';
  *at++ = ':';
  return put_decimal(at, end.port);
}

// One end, or both as client->server; local->remote when nobody knows which is which.
Value endpoints(const SocketInfo& socket, Scratch& scratch) {
  if (!socket.local && !socket.remote) return {};
  char* const text = scratch.room(2 * kLongestEnd + 2);
  char* at = text;
  if (socket.local && socket.remote) {
    const bool server = socket.role == Role::Server;
    at = put_endpoint(at, server ? *socket.remote : *socket.local);
    *at++ = '-';
    *at++ = '>';
    at = put_endpoint(at, server ? *socket.local : *socket.remote);
  } else {
    at = put_endpoint(at, socket.local ? *socket.local : *socket.remote);
  }
  return std::string_view(text, static_cast<std::size_t>(at - text));
}

// Abstract names begin with a NUL byte and are shown with @, as by ss and /proc/net/unix.
Value socket_path(std::string_view path, Scratch& scratch) {
  if (!path.starts_with('\0')) return known_text(path);
  char* text = scratch.room(path.size());
  std::replace_copy(path.begin(), path.end(), text, '\0', '@');
  return std::string_view(text, path.size());
}

constexpr Argument kNone = Argument::None;

constexpr Field kFields[] = {
    {.name = "fd.ip",
     .type = Type::Address,
     .argument = kNone,
     .kinds = kSocketKinds,
     .doc = "Either address: the remote one, the local one.",
     .get = first_of<each_ip>,
     .get_each = each_ip,
     .several = Several::Ends},
    {"fd.rip", Type::Address, kNone, kRemote, "Remote address; IPv4 inside IPv6 (::ffff:1.2.3.4) counts as IPv4.",
     ip<remote>},
    {"fd.lip", Type::Address, kNone, kLocal, "Local address; before a connection exists, nobody knows it.", ip<local>},
    {"fd.sip", Type::Address, kNone, kParted,
     "Server's address: for connect and send the remote one, for bind, listen and accept the local one.", ip<server>},
    {"fd.cip", Type::Address, kNone, kClient, "Client's address, of a connection whose both ends are known.",
     ip<client>},
    {.name = "fd.port",
     .type = Type::Unsigned,
     .argument = kNone,
     .kinds = kSocketKinds,
     .doc = "Either port: the remote one, the local one.",
     .get = first_of<each_port>,
     .get_each = each_port,
     .several = Several::Ends},
    {"fd.rport", Type::Unsigned, kNone, kRemote, "Remote port.", port<remote>},
    {"fd.lport", Type::Unsigned, kNone, kLocal, "Local port.", port<local>},
    {"fd.sport", Type::Unsigned, kNone, kParted, "Server's port.", port<server>},
    {"fd.cport", Type::Unsigned, kNone, kClient, "Client's port.", port<client>},
    {.name = "fd.net",
     .type = Type::Network,
     .argument = kNone,
     .kinds = kSocketKinds,
     .doc = "Either address, to be compared with networks: 10.0.0.0/8.",
     .get = first_of<each_ip>,
     .get_each = each_ip,
     .several = Several::Ends},
    {"fd.rnet", Type::Network, kNone, kRemote, "Remote address, to be compared with networks.", ip<remote>},
    {"fd.lnet", Type::Network, kNone, kLocal, "Local address, to be compared with networks.", ip<local>},
    {"fd.snet", Type::Network, kNone, kParted, "Server's address, to be compared with networks.", ip<server>},
    {"fd.cnet", Type::Network, kNone, kClient, "Client's address, to be compared with networks.", ip<client>},
    {"fd.rip.name", Type::Text, kNone, kRemoteKinds,
     "A name for the remote address: the one that was asked for in the last DNS answer with that address which a "
     "process of the same network namespace received over UDP. Observed, never looked up.",
     remote_name, nullptr, kDns},
    {"fd.lip.name", Type::Text, kNone, kLocal, "The same for the local address.", local_name, nullptr, kDns},
    {"fd.sip.name", Type::Text, kNone, kParted, "The same for the server's address.", part_name<server>, nullptr, kDns},
    {"fd.cip.name", Type::Text, kNone, kClient, "The same for the client's address.", part_name<client>, nullptr, kDns},
    {"fd.l4proto", Type::Text, kNone, kAny, "tcp (multipath TCP too), udp, icmp, dccp, sctp, udplite or raw.",
     protocol},
    {"fd.sockfamily", Type::Text, kNone, kAny, "ip or unix.", socket_family},
    {"fd.is_server", Type::Bool, kNone, kParted,
     "The process is the server's side: it binds, listens or accepted. Missing when it is not known.", is_server},
    {"fd.connected", Type::Bool, kNone, kSocketKinds,
     "The socket has a connection, or a fixed other end. Not so of send, which is about sockets without one; a "
     "connect counts unless it is known to have failed.",
     connected},
    {"fd.name_changed", Type::Bool, kNone, kSocketKinds,
     "The event gives the socket another remote end: connect, and send, of which messages in a row to one address are "
     "one event.",
     name_changed},
};

}  // namespace

Value socket_name(const SocketInfo& socket, Scratch& scratch) {
  return socket.family == AF_UNIX ? socket_path(socket.path, scratch) : endpoints(socket, scratch);
}

std::string_view protocol_letter(const Event& event) {
  const auto socket = socket_of(event);
  if (!socket || (!socket->remote && !socket->local)) return {};
  constexpr std::pair<std::string_view, std::string_view> kLetters[] = {
      {"tcp", "t"}, {"udp", "u"}, {"icmp", "i"}, {"raw", "r"}};
  const std::string_view name = protocol_name(socket->type, socket->protocol);
  for (const auto& [protocol, letter] : kLetters) {
    if (protocol == name) return letter;
  }
  return {};
}

std::span<const Field> socket() { return kFields; }

}  // namespace picket::rows
