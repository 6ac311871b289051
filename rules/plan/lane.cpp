// SPDX-License-Identifier: Apache-2.0
//
// The rows of lanes.def, addresses.def and refusable.def by kind.
#include "rules/plan/lane.h"

#include <array>

namespace picket::planning {
namespace {

struct Members {
  std::array<std::string_view, PK_LANES> numbers{};
  std::array<std::string_view, PK_PATHS> paths{};
};

constexpr std::string_view kNoPath = "none";

constexpr std::array<Members, kKindEnd> kMembers = [] {
  std::array<Members, kKindEnd> members{};
#define LANE(kind, slot, member) members[PK_##kind].numbers[slot] = #member;
#include "bpf/shared/lanes.def"
#undef LANE
#define DECIDED(kind, first, second) members[PK_##kind].paths = {#first, #second};
#define REFUSABLE(kind)
#include "bpf/shared/refusable.def"
#undef DECIDED
#undef REFUSABLE
  for (Members& each : members) {
    for (std::string_view& path : each.paths) path = path == kNoPath ? std::string_view() : path;
  }
  return members;
}();

const Members& members_of(Kind kind) { return kMembers[static_cast<std::size_t>(kind)]; }

}  // namespace

const KindSet kDecidedKinds{
#define DECIDED(kind, first, second) Kind::kind,
#define REFUSABLE(kind)
#include "bpf/shared/refusable.def"
#undef DECIDED
#undef REFUSABLE
};

const KindSet kRefusableKinds{
#define DECIDED(kind, first, second)
#define REFUSABLE(kind) Kind::kind,
#include "bpf/shared/refusable.def"
#undef DECIDED
#undef REFUSABLE
};

const KindSet kAddressKinds{
#define ADDRESS(kind) Kind::kind,
#include "bpf/shared/addresses.def"
#undef ADDRESS
};

std::string_view number_member(Kind kind, unsigned slot) { return members_of(kind).numbers[slot]; }

std::string_view path_member(Kind kind, unsigned path) { return members_of(kind).paths[path]; }

Lane family_lane(Kind kind) {
  Lane lane = 0;
  while (number_member(kind, lane) != "family") ++lane;
  return lane;
}

bool has_way(Kind kind, unsigned path) {
  return !path_member(kind, path).empty() && number_member(kind, PK_WAY_SLOT(path)).empty();
}

std::string lane_name(Kind kind, Lane lane) {
  constexpr std::string_view kSubjects[] = {"directories of the executable", "name of the executable",
                                            "flags of the executable", "task name", "container"};
  if (is_subject(lane)) return std::string(kSubjects[lane - kSubjectLane]);
  if (lane == kDigestLane) return "digest of what is executed";
  if (is_way(lane)) return "names on the way of " + std::string(path_member(kind, lane - kWayLane));
  if (lane == kUserLane) return "user";
  if (lane == kCallLane) return "system call";
  if (lane == kParentLane) return "task name of the parent";
  if (lane == kAddressLane) return "address";
  if (lane < kUserLane) return std::string(number_member(kind, lane));
  const bool directories = keys_of(lane) == Keys::Directories;
  return (directories ? "directories of " : "last name of ") + std::string(path_member(kind, (lane - kPathLane) / 2));
}

}  // namespace picket::planning
