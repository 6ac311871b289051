// SPDX-License-Identifier: Apache-2.0
//
// fs.path.* and evt.abspath: the paths of operations on the file system, whatever each of them calls them.
//
// Falco has them of operations that succeeded only. Ours have them whatever the outcome, which nobody knows unless a
// rule asks.
#include <algorithm>
#include <array>

#include "rules/event/join_path.h"
#include "rules/event/rows.h"

namespace picket::rows {
namespace {

enum class Role { name, source, target, raw_name, raw_source, raw_target, old_path, new_path };

using Read = std::string_view (*)(const Event& event);

struct Row {
  Role role;
  Kind kind;
  Read read;
};

constexpr Row kRows[] = {
#define PATH(role, kind, member) \
  {Role::role, Kind::kind, [](const Event& event) { return event.text(event.as<pk_##kind>().member); }},
#include "rules/event/paths.def"
#undef PATH
};

template <Role role>
constexpr KindSet kKinds = [] {
  KindSet kinds;
  for (const Row& row : kRows) kinds = row.role == role ? kinds | KindSet{row.kind} : kinds;
  return kinds;
}();

// By kind; nullptr where there is no such path.
template <Role role>
constexpr auto kReaders = [] {
  std::array<Read, kKindEnd> readers{};
  for (const Row& row : kRows) {
    if (row.role == role) readers[static_cast<std::size_t>(row.kind)] = row.read;
  }
  return readers;
}();

template <Role role>
Value path(const Event& event, int, Scratch&) {
  const Read read = kReaders<role>[static_cast<std::size_t>(event.kind())];
  return read ? known_text(read(event)) : Value{};
}

// A file that could not be opened has no resolved path: it is put together from what was given.
Value name(const Event& event, int, Scratch& scratch) {
  return as_open_failed(event) ? object_name(event, scratch) : path<Role::name>(event, -1, scratch);
}

// What a symbolic link says is seen from the link's directory.
Value target(const Event& event, int, Scratch& scratch) {
  if (event.kind() != Kind::symlink) return path<Role::target>(event, -1, scratch);
  const auto& link = event.as<pk_symlink>();
  const std::string_view own = event.text(link.path);
  const std::string_view text = event.text(link.target);
  if (text.empty()) return {};
  return join_path(own.substr(0, std::min(own.rfind('/'), own.size())), text, scratch);
}

Value absolute_path(const Event& event, int, Scratch& scratch) {
  return event.kind() == Kind::symlink ? path<Role::source>(event, -1, scratch) : name(event, -1, scratch);
}

constexpr KindSet kNamed = kKinds<Role::name> | KindSet{Kind::open_failed};
constexpr KindSet kTargets = kKinds<Role::target> | KindSet{Kind::symlink};
constexpr Argument kNone = Argument::None;

constexpr Field kFields[] = {
    {"fs.path.name", Type::Text, kNone, kNamed,
     "The path that is opened, made, removed, changed or unmounted, or of a unix socket reached, resolved; after a "
     "failed open without its links followed.",
     name},
    {"fs.path.nameraw", Type::Text, kNone, kKinds<Role::raw_name>,
     "The same as the caller wrote it; known of what could not be opened.", path<Role::raw_name>},
    {"fs.path.source", Type::Text, kNone, kKinds<Role::source>,
     "Of two paths, what is renamed or mounted; of a link, the link.", path<Role::source>},
    {"fs.path.sourceraw", Type::Text, kNone, kKinds<Role::raw_source>,
     "The same as the caller wrote it; known of what is mounted.", path<Role::raw_source>},
    {"fs.path.target", Type::Text, kNone, kTargets,
     "Of two paths, the new name or the place it is mounted on; of a link, what it leads to (of a symbolic one seen "
     "from "
     "its directory, further links not followed).",
     target},
    {"fs.path.targetraw", Type::Text, kNone, kKinds<Role::raw_target>,
     "The same as the caller wrote it; known of symbolic links.", path<Role::raw_target>},
    {"evt.abspath", Type::Text, kNone, kNamed | KindSet{Kind::symlink},
     "The path of the operation, resolved: fs.path.name, or the path of a symbolic link.", absolute_path},
    {"evt.abspath.src", Type::Text, kNone, kKinds<Role::old_path>, "rename, link: path until now, resolved.",
     path<Role::old_path>},
    {"evt.abspath.dst", Type::Text, kNone, kKinds<Role::new_path>, "rename, link: path from now on, resolved.",
     path<Role::new_path>},
};

}  // namespace

std::span<const Field> path() { return kFields; }

}  // namespace picket::rows
