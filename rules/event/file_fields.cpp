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
constexpr KindSet kFailed{Kind::open_failed};
constexpr KindSet kPaths{Kind::open, Kind::open_failed, Kind::dup, Kind::unix_connect};
// Events about descriptors of one type each.
constexpr KindSet kMade{Kind::memfd, Kind::io_uring, Kind::userfaultfd, Kind::unix_connect};
constexpr KindSet kNamed = kPaths | kSocketKinds;
constexpr KindSet kTyped = kPaths | kSocketKinds | kMade | KindSet{Kind::socket};

const pk_dup* as_dup(const Event& event) { return event.kind() == Kind::dup ? &event.as<pk_dup>() : nullptr; }

// ---- what it is ----

struct ObjectType {
  unsigned key;
  std::string_view name, letter;
};

constexpr ObjectType kOther = {0, "other", "o"};

// Nobody knows what a file that could not be opened would have been. Falco gives it this letter and no type.
constexpr ObjectType kUnopened = {0, "", "f"};

// By file format. Devices count as files, as in Falco.
constexpr ObjectType kFileTypes[] = {{S_IFREG, "file", "f"},
                                     {S_IFDIR, "directory", "d"},
                                     {S_IFCHR, "file", "f"},
                                     {S_IFBLK, "file", "f"},
                                     {S_IFIFO, "pipe", "p"}};

// By address family: that of the remote address, or of the local one when there is none.
constexpr ObjectType kSocketTypes[] = {{AF_UNIX, "unix", "u"}, {AF_INET, "ipv4", "4"}, {AF_INET6, "ipv6", "6"}};

// By kind of event, where all its descriptors are of one type.
constexpr ObjectType kMadeTypes[] = {{PK_memfd, "memfd", "m"},
                                     {PK_io_uring, "io_uring", "r"},
                                     {PK_userfaultfd, "userfaultfd", "u"},
                                     {PK_unix_connect, "unix", "u"}};

const ObjectType& find(std::span<const ObjectType> types, unsigned key) {
  const auto found = std::find_if(types.begin(), types.end(), [key](const ObjectType& row) { return row.key == key; });
  return found == types.end() ? kOther : *found;
}

const ObjectType* object_type(const Event& event) {
  if (const pk_open* open = as_open(event)) return &find(kFileTypes, open->mode & S_IFMT);
  if (as_open_failed(event)) return &kUnopened;
  if (const auto socket = socket_of(event)) {
    const auto& end = socket->remote ? socket->remote : socket->local;
    const unsigned family = !end ? socket->family : end->address.family == 4 ? AF_INET : AF_INET6;
    return &find(kSocketTypes, family);
  }
  if (event.kind() == Kind::socket) return &find(kSocketTypes, event.as<pk_socket>().family);
  if (kMade.contains(event.kind())) return &find(kMadeTypes, event.header->kind);
  const pk_dup* dup = as_dup(event);
  return dup ? &find(kFileTypes, dup->mode & S_IFMT) : nullptr;
}

Value type(const Event& event, int, Scratch&) {
  const ObjectType* type = object_type(event);
  return type ? known_text(type->name) : Value{};
}

Value type_letter(const Event& event, int, Scratch&) { return known_text(object_letter(event)); }

// ---- names ----

// The file's path, or what it would have been; empty for events that are about no file.
std::string_view path_of(const Event& event, Scratch& scratch) {
  if (const pk_open* open = as_open(event)) return event.text(open->path);
  if (const pk_dup* dup = as_dup(event)) return event.text(dup->path);
  if (event.kind() == Kind::unix_connect) return event.text(event.as<pk_unix_connect>().path);
  const pk_open_failed* failed = as_open_failed(event);
  return failed ? join_path(event.text(failed->directory), event.text(failed->name), scratch) : std::string_view();
}

Value name(const Event& event, int, Scratch& scratch) { return object_name(event, scratch); }

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

// As the caller wrote it.
Value raw_name(const Event& event, int, Scratch&) {
  const pk_open_failed* failed = as_open_failed(event);
  return failed ? known_text(event.text(failed->name)) : Value{};
}

// The container's id, a colon and the value.
Value in_container(const Event& event, const Value& value, Scratch& scratch) {
  const auto* text = std::get_if<std::string_view>(&value);
  const Value id = container_id(event);
  if (text == nullptr || !present(id)) return {};
  return joined({std::get<std::string_view>(id), ":", *text}, scratch);
}

Value container_name(const Event& event, int, Scratch& scratch) {
  return in_container(event, object_name(event, scratch), scratch);
}

Value container_directory(const Event& event, int, Scratch& scratch) {
  return in_container(event, directory(event, -1, scratch), scratch);
}

// ---- identity ----

Value inode(const Event& event, int, Scratch&) {
  const pk_open* open = as_open(event);
  return open ? known_number(open->inode) : Value{};
}

// As the kernel has it: major << 20 | minor.
constexpr std::uint64_t major_of(std::uint32_t device) { return device >> 20; }
constexpr std::uint64_t minor_of(std::uint32_t device) { return device & 0xfffff; }

// stat(2) shows the minor's low 8 bits, the major, the minor's rest.
constexpr std::uint64_t as_in_stat(std::uint32_t device) {
  return (minor_of(device) & 0xff) | major_of(device) << 8 | (minor_of(device) & 0xfff00) << 12;
}

template <std::uint64_t (*part)(std::uint32_t device)>
Value device(const Event& event, int, Scratch&) {
  const pk_open* open = as_open(event);
  return open ? Value{part(open->device)} : Value{};
}

constexpr Argument kNone = Argument::None;

constexpr Field kFields[] = {
    {"fd.name", Type::Text, kNone, kNamed,
     "open, dup, unix_connect: the file's path, after a failure without its links followed. Sockets: ip:port "
     "([ip]:port for IPv6), as client->server when both ends are known (local->remote when it is not known which is "
     "which), or the unix socket's path.",
     name},
    {"fd.nameraw", Type::Text, kNone, kFailed,
     "The path as the caller wrote it. Known of what could not be opened; of what was, Picket sees the file that was "
     "reached: fd.name.",
     raw_name},
    {"fd.directory", Type::Text, kNone, kPaths, "Directory of the file, without a slash at the end.", directory},
    {"fd.filename", Type::Text, kNone, kPaths, "Last part of the file's path.", filename},
    {"fd.containername", Type::Text, kNone, kNamed, "container.id, a colon, and fd.name.", container_name},
    {"fd.containerdirectory", Type::Text, kNone, kPaths, "container.id, a colon, and fd.directory.",
     container_directory},
    {"fd.type", Type::Text, kNone, kTyped & ~kFailed,
     "file (devices too), directory, pipe, ipv4, ipv6, unix, memfd, io_uring, userfaultfd or other.", type},
    {"fd.typechar", Type::Text, kNone, kTyped,
     "The same as one letter: f, d, p, 4, 6, u (unix, userfaultfd), m, r (io_uring) or o. f for what could not be "
     "opened.",
     type_letter},
    {"fd.ino", Type::Unsigned, kNone, kOpen, "Inode number of the opened file.", inode},
    {"fd.dev", Type::Unsigned, kNone, kOpen, "Device of the opened file's file system, as stat(2) shows it.",
     device<as_in_stat>},
    {"fd.dev.major", Type::Unsigned, kNone, kOpen, "Its major number.", device<major_of>},
    {"fd.dev.minor", Type::Unsigned, kNone, kOpen, "Its minor number.", device<minor_of>},
};

}  // namespace

std::string_view file_letter(std::uint32_t mode) { return find(kFileTypes, mode & S_IFMT).letter; }

std::string_view object_letter(const Event& event) {
  const ObjectType* type = object_type(event);
  return type ? type->letter : std::string_view();
}

Value object_name(const Event& event, Scratch& scratch) {
  if (kSocketKinds.contains(event.kind())) {
    if (const auto socket = socket_of(event)) return socket_name(*socket, scratch);
  }
  return known_text(path_of(event, scratch));
}

std::span<const Field> file() { return kFields; }

}  // namespace picket::rows
