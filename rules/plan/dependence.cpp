// SPDX-License-Identifier: Apache-2.0
//
// The rows of all lists that tell where a field comes from, by field and kind.
#include "rules/plan/dependence.h"

#include <map>
#include <string>
#include <utility>

namespace picket::planning {
namespace {

using Key = std::pair<const Field*, Kind>;
using Table = std::map<Key, Dependence>;

std::optional<Lane> number_lane(Kind kind, std::string_view member) {
  for (unsigned slot = 0; slot < PK_LANES; ++slot) {
    if (number_member(kind, slot) == member) return slot;
  }
  return std::nullopt;
}

// What is executed is the executable.
std::optional<Lane> path_lane(Kind kind, std::string_view member) {
  if (kind == Kind::exec && member == "path") return kExecutableLane;
  for (unsigned path = 0; path < PK_PATHS; ++path) {
    if (path_member(kind, path) == member) return kPathLane + 2 * path;
  }
  return std::nullopt;
}

void add(Table& table, std::string_view name, Kind kind, Dependence how) {
  const Field* field = find_field(name);
  if (field != nullptr && field->kinds.contains(kind) && kDecidedKinds.contains(kind)) table[{field, kind}] = how;
}

void add_path(Table& table, std::string_view name, Kind kind, std::string_view member, Shape shape = Shape::Path) {
  if (const auto lane = path_lane(kind, member)) add(table, name, kind, {*lane, shape});
}

void add_number(Table& table, std::string_view name, Kind kind, std::string_view member, Shape shape,
                std::uint64_t mask = 0) {
  if (const auto lane = number_lane(kind, member)) add(table, name, kind, {*lane, shape, mask});
}

// ---- the lists ----

void add_rows(Table& table) {
  constexpr auto all_kinds = [](Table& into, std::string_view name, Dependence how) {
    for (unsigned kind = 0; kind < kKindEnd; ++kind) add(into, name, static_cast<Kind>(kind), how);
  };
#define SUBJECT(field, lane, shape, mask) all_kinds(table, field, {lane, Shape::shape, mask});
#define NUMBER(field, kind, member, shape, mask) add_number(table, field, Kind::kind, #member, Shape::shape, mask);
#define PATH_PART(field, kind, member, shape) add_path(table, field, Kind::kind, #member, Shape::shape);
#define ENDPOINT(field, kind) add(table, field, Kind::kind, {kAddressLane, Shape::Address});
#include "rules/plan/dependence.def"
#undef SUBJECT
#undef NUMBER
#undef PATH_PART
#undef ENDPOINT
}

void add_wire_fields(Table& table) {
#define LANE(kind, slot, member) add_number(table, #kind "." #member, Kind::kind, #member, Shape::Number);
#include "bpf/shared/lanes.def"
#undef LANE
#define DECIDED(kind, first, second)                     \
  add_path(table, #kind "." #first, Kind::kind, #first); \
  add_path(table, #kind "." #second, Kind::kind, #second);
#define REFUSABLE(kind)
#include "bpf/shared/refusable.def"
#undef DECIDED
#undef REFUSABLE
  add_path(table, "exec.path", Kind::exec, "path");
  add(table, "exec.comm", Kind::exec, {kTaskLane, Shape::Task});
  add(table, "proc.exe_hash.sha256", Kind::exec, {kDigestLane, Shape::Digest});
}

// By the roles of paths.def.
void add_role(Table& table, std::string_view role, Kind kind, std::string_view member) {
  constexpr std::pair<std::string_view, std::string_view> kFields[] = {
      {"name", "fs.path.name"},     {"name", "evt.abspath"},         {"source", "fs.path.source"},
      {"target", "fs.path.target"}, {"old_path", "evt.abspath.src"}, {"new_path", "evt.abspath.dst"},
  };
  for (const auto& [of, field] : kFields) {
    if (of == role) add_path(table, field, kind, member);
  }
}

void add_paths(Table& table) {
#define PATH(role, kind, member) add_role(table, #role, Kind::kind, #member);
#include "rules/event/paths.def"
#undef PATH
}

// By the forms of arguments.def. Those that are not here take more than the member.
void add_argument(Table& table, std::string_view name, Kind kind, std::string_view member, std::string_view form) {
  struct Form {
    std::string_view form;
    Shape shape;
    std::uint64_t mask;
  };
  constexpr Form kForms[] = {{"number", Shape::Named, 0},      {"family", Shape::Named, 0},
                             {"bpf_command", Shape::Named, 0}, {"request", Shape::Named, 0},
                             {"signal", Shape::Named, 0},      {"mode", Shape::Bits, 07777}};
  if (form == "text") return add_path(table, name, kind, member);
  if (form == "comm") return add(table, name, kind, {kTaskLane, Shape::Task});
  for (const Form& row : kForms) {
    if (row.form == form) add_number(table, name, kind, member, row.shape, row.mask);
  }
}

void add_arguments(Table& table) {
  std::string name;
#define ARGUMENT(argument, doc) name = "evt.arg." #argument;
#define FROM(kind, member, form) add_argument(table, name, Kind::kind, #member, #form);
#define ALSO(kind, member, form) FROM(kind, member, form)
#define END
#include "rules/event/arguments.def"
#undef ARGUMENT
#undef FROM
#undef ALSO
#undef END
}

Table all() {
  Table table;
  add_wire_fields(table);
  add_paths(table);
  add_arguments(table);
  add_rows(table);
  return table;
}

}  // namespace

std::optional<Dependence> dependence(const Field& field, Kind kind) {
  static const Table table = all();
  const auto found = table.find({&field, kind});
  return found == table.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace picket::planning
