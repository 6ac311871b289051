// SPDX-License-Identifier: Apache-2.0
//
// fd.*: what an event's descriptor stands for: its name and type, and the file behind it.
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>

#include "rules/event/endpoints.h"
#include "rules/event/join_path.h"
#include "rules/event/rows.h"

namespace picket::rows {
namespace {

constexpr KindSet kOpen{Kind::open};
constexpr KindSet kPaths{Kind::open, Kind::open_failed, Kind::dup};
constexpr KindSet kAll = kPaths | kSocketKinds;
constexpr KindSet kTyped = kAll & ~KindSet{Kind::open_failed};

const pk_dup* as_dup(const Event& event) { return event.kind() == Kind::dup ? &event.as<pk_dup>() : nullptr; }

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

// By address family: that of the remote address, or of the local one when there is none.
constexpr ObjectType kSocketTypes[] = {{AF_UNIX, "unix", "u"}, {AF_INET, "ipv4", "4"}, {AF_INET6, "ipv6", "6"}};

const ObjectType& find(std::span<const ObjectType> types, unsigned key) {
  const auto found = std::find_if(types.begin(), types.end(), [key](const ObjectType& row) { return row.key == key; });
  return found == types.end() ? kOther : *found;
}

const ObjectType* object_type(const Event& event) {
  if (const pk_open* open = as_open(event)) return &find(kFileTypes, open->mode & S_IFMT);
  if (const auto socket = socket_of(event)) {
    const auto& end = socket->remote ? socket->remote : socket->local;
    const unsigned family = !end ? socket->family : end->address.family == 4 ? AF_INET : AF_INET6;
    return &find(kSocketTypes, family);
  }
  const pk_dup* dup = as_dup(event);
  return dup ? &find(kFileTypes, dup->mode & S_IFMT) : nullptr;
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
  if (const pk_dup* dup = as_dup(event)) return event.text(dup->path);
  const pk_open_failed* failed = as_open_failed(event);
  return failed ? join_path(event.text(failed->directory), event.text(failed->name), scratch) : std::string_view();
}

Value name(const Event& event, int, Scratch& scratch) {
  const auto socket = socket_of(event);
  return socket ? socket_name(*socket, scratch) : known_text(path_of(event, scratch));
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
    {"fd.name", Type::Text, kNone, kAll,
     "open, dup: the file's path, after a failure without its links followed. Sockets: ip:port ([ip]:port for IPv6), "
     "as "
     "client->server when both ends are known (local->remote when it is not known which is which), or the unix "
     "socket's "
     "path.",
     name},
    {"fd.directory", Type::Text, kNone, kPaths, "Directory of the file, without a slash at the end.", directory},
    {"fd.filename", Type::Text, kNone, kPaths, "Last part of the file's path.", filename},
    {"fd.type", Type::Text, kNone, kTyped, "file (devices too), directory, pipe, ipv4, ipv6, unix or other.", type},
    {"fd.typechar", Type::Text, kNone, kTyped, "The same as one letter: f, d, p, 4, 6, u or o.", type_letter},
    {"fd.ino", Type::Unsigned, kNone, kOpen, "Inode number of the opened file.", inode},
    {"fd.dev", Type::Unsigned, kNone, kOpen, "Device of the opened file's file system, as stat(2) shows it.", device},
};

}  // namespace

std::span<const Field> file() { return kFields; }

}  // namespace picket::rows
