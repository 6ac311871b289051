// SPDX-License-Identifier: Apache-2.0
//
// fd.*: what was opened or connected to.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>

#include "rules/event/join_path.h"
#include "rules/event/rows.h"

namespace picket::rows {
namespace {

constexpr KindSet kOpen{Kind::open};
constexpr KindSet kConnect{Kind::connect};
constexpr KindSet kPaths{Kind::open, Kind::open_failed};
constexpr KindSet kNames{Kind::open, Kind::open_failed, Kind::connect};
constexpr KindSet kBoth{Kind::open, Kind::connect};

// ---- addresses ----

constexpr unsigned kUnix = AF_UNIX, kIpv4 = AF_INET, kIpv6 = AF_INET6;

// The remote address. IPv4 inside IPv6 (::ffff:a.b.c.d) is IPv4: the packets are, and a rule must not be got round by
// the choice of the socket.
std::optional<Address> remote(const pk_connect& connect) {
  static constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  const std::uint8_t* bytes = connect.address.bytes;
  if (connect.family != kIpv4 && connect.family != kIpv6) return {};
  const bool mapped = connect.family == kIpv6 && std::equal(kMapped.begin(), kMapped.end(), bytes);

  Address address;
  address.family = connect.family == kIpv6 && !mapped ? 6 : 4;
  std::memcpy(address.bytes.data(), mapped ? bytes + kMapped.size() : bytes, address.family == 6 ? 16 : 4);
  return address;
}

// 1.2.3.4:80, [2001:db8::1]:80
Value endpoint(const Address& address, unsigned port, Scratch& scratch) {
  constexpr std::size_t kLongest = INET6_ADDRSTRLEN + sizeof("[]:65535");
  char* text = scratch.room(kLongest);
  char* at = text;
  if (address.family == 6) *at++ = '[';
  inet_ntop(address.family == 6 ? AF_INET6 : AF_INET, address.bytes.data(), at, INET6_ADDRSTRLEN);
  at += std::strlen(at);
  if (address.family == 6) *at++ = ']';
  *at++ = ':';
  at = std::to_chars(at, text + kLongest, port).ptr;
  return std::string_view(text, static_cast<std::size_t>(at - text));
}

// Abstract names begin with a NUL byte and are shown with @, as by ss and /proc/net/unix.
Value socket_path(std::string_view path, Scratch& scratch) {
  if (!path.starts_with('\0')) return known_text(path);
  char* text = scratch.room(path.size());
  std::replace_copy(path.begin(), path.end(), text, '\0', '@');
  return std::string_view(text, path.size());
}

Value ip(const Event& event, int, Scratch&) {
  const pk_connect* connect = as_connect(event);
  const auto address = connect ? remote(*connect) : std::nullopt;
  return address ? Value{*address} : Value{};
}

Value port(const Event& event, int, Scratch&) {
  const pk_connect* connect = as_connect(event);
  return connect && remote(*connect) ? Value{std::uint64_t{connect->port}} : Value{};
}

struct Protocol {
  pk_u16 number;
  std::string_view name;
};

// Multipath TCP is TCP to whoever watches the wire.
constexpr Protocol kProtocols[] = {{6, "tcp"},   {262, "tcp"}, {17, "udp"},      {1, "icmp"},
                                   {58, "icmp"}, {33, "dccp"}, {136, "udplite"}, {132, "sctp"}};

Value protocol(const Event& event, int, Scratch&) {
  constexpr pk_u16 kRaw = 3;
  const pk_connect* connect = as_connect(event);
  if (!connect || !remote(*connect)) return {};
  if (connect->type == kRaw) return std::string_view("raw");
  for (const Protocol& row : kProtocols) {
    if (row.number == connect->protocol) return row.name;
  }
  return {};
}

Value socket_family(const Event& event, int, Scratch&) {
  const pk_connect* connect = as_connect(event);
  if (!connect) return {};
  if (connect->family == kUnix) return std::string_view("unix");
  return remote(*connect) ? Value{std::string_view("ip")} : Value{};
}

// ---- what it is ----

struct ObjectType {
  unsigned key;
  std::string_view name, letter;
};

constexpr ObjectType kOther = {0, "other", "o"};

// By file format. Devices count as files, as in Falco.
constexpr ObjectType kFileTypes[] = {{S_IFREG, "file", "f"},
                                     {S_IFDIR, "directory", "d"},
                                     {S_IFCHR, "file", "f"},
                                     {S_IFBLK, "file", "f"},
                                     {S_IFIFO, "pipe", "p"}};

// By address family: that of the remote address.
constexpr ObjectType kSocketTypes[] = {{kUnix, "unix", "u"}, {kIpv4, "ipv4", "4"}, {kIpv6, "ipv6", "6"}};

const ObjectType& find(std::span<const ObjectType> types, unsigned key) {
  const auto found = std::find_if(types.begin(), types.end(), [key](const ObjectType& row) { return row.key == key; });
  return found == types.end() ? kOther : *found;
}

const ObjectType* object_type(const Event& event) {
  if (const pk_open* open = as_open(event)) return &find(kFileTypes, open->mode & S_IFMT);
  const pk_connect* connect = as_connect(event);
  if (!connect) return nullptr;
  const auto address = remote(*connect);
  const unsigned family = !address ? connect->family : address->family == 4 ? kIpv4 : kIpv6;
  return &find(kSocketTypes, family);
}

Value type(const Event& event, int, Scratch&) {
  const ObjectType* type = object_type(event);
  return type ? Value{type->name} : Value{};
}

Value type_letter(const Event& event, int, Scratch&) {
  const ObjectType* type = object_type(event);
  return type ? Value{type->letter} : Value{};
}

// ---- names ----

// The file's path, or what it would have been; empty for events that are about no file.
std::string_view path_of(const Event& event, Scratch& scratch) {
  if (const pk_open* open = as_open(event)) return event.text(open->path);
  const pk_open_failed* failed = as_open_failed(event);
  return failed ? join_path(event.text(failed->directory), event.text(failed->name), scratch) : std::string_view();
}

Value name(const Event& event, int, Scratch& scratch) {
  if (kPaths.contains(event.kind())) return known_text(path_of(event, scratch));
  const pk_connect* connect = as_connect(event);
  if (!connect) return {};
  if (connect->family == kUnix) return socket_path(event.text(connect->path), scratch);
  const auto address = remote(*connect);
  return address ? endpoint(*address, connect->port, scratch) : Value{};
}

Value directory(const Event& event, int, Scratch& scratch) {
  const std::string_view path = path_of(event, scratch);
  const std::size_t slash = path.rfind('/');
  if (slash == path.npos) return {};
  return path.substr(0, std::max<std::size_t>(slash, 1));
}

Value filename(const Event& event, int, Scratch& scratch) {
  const std::string_view path = path_of(event, scratch);
  return path == "/" ? Value{path} : known_text(path.substr(path.rfind('/') + 1));
}

Value inode(const Event& event, int, Scratch&) {
  const pk_open* open = as_open(event);
  return open ? known_number(open->inode) : Value{};
}

// The kernel has major << 20 | minor; stat(2) shows the minor's low 8 bits, the major, the minor's rest.
Value device(const Event& event, int, Scratch&) {
  const pk_open* open = as_open(event);
  if (!open) return {};
  const std::uint64_t major = open->device >> 20, minor = open->device & 0xfffff;
  return (minor & 0xff) | major << 8 | (minor & 0xfff00) << 12;
}

constexpr Argument kNone = Argument::None;

constexpr Field kFields[] = {
    {"fd.name", Type::Text, kNone, kNames,
     "open: the path, after a failure without its links followed; connect: remote ip:port ([ip]:port for IPv6; no "
     "local side exists yet) or the unix socket's "
     "path.",
     name},
    {"fd.directory", Type::Text, kNone, kPaths, "Directory of the opened file, without a slash at the end.", directory},
    {"fd.filename", Type::Text, kNone, kPaths, "Last part of the opened file's path.", filename},
    {"fd.type", Type::Text, kNone, kBoth, "file (devices too), directory, pipe, ipv4, ipv6, unix or other.", type},
    {"fd.typechar", Type::Text, kNone, kBoth, "The same as one letter: f, d, p, 4, 6, u or o.", type_letter},
    {"fd.ino", Type::Unsigned, kNone, kOpen, "Inode number of the opened file.", inode},
    {"fd.dev", Type::Unsigned, kNone, kOpen, "Device of the opened file's file system, as stat(2) shows it.", device},
    {"fd.ip", Type::Address, kNone, kConnect,
     "Either address of the connection; before it exists, the remote one is all there is.", ip},
    {"fd.rip", Type::Address, kNone, kConnect, "Remote address; IPv4 inside IPv6 (::ffff:1.2.3.4) counts as IPv4.", ip},
    {"fd.sip", Type::Address, kNone, kConnect, "Server's address: for connect, the remote one.", ip},
    {"fd.port", Type::Unsigned, kNone, kConnect, "Either port of the connection; before it exists, the remote one.",
     port},
    {"fd.rport", Type::Unsigned, kNone, kConnect, "Remote port.", port},
    {"fd.sport", Type::Unsigned, kNone, kConnect, "Server's port: for connect, the remote one.", port},
    {"fd.l4proto", Type::Text, kNone, kConnect, "tcp (multipath TCP too), udp, icmp, dccp, sctp, udplite or raw.",
     protocol},
    {"fd.sockfamily", Type::Text, kNone, kConnect, "ip or unix.", socket_family},
};

}  // namespace

std::span<const Field> file() { return kFields; }

}  // namespace picket::rows
