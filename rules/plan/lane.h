// SPDX-License-Identifier: Apache-2.0
//
// Lanes: the keys that a hook has at hand, by number. Those of the event first, as enum pk_event_row counts their rows,
// then those of the subject, as enum pk_subject_row does; last those whose row takes the place of a number's: the
// digest of what is executed (PK_EVENT_DIGEST), and names anywhere on the way of a path (PK_WAY_SLOT); or of a path's:
// addresses (PK_EVENT_ADDRESS). A path has two others: its directories, and next its last name.
#pragma once

#include <string>

#include "bpf/shared/judge.h"
#include "rules/event/event.h"

namespace picket::planning {

using Lane = unsigned;

inline constexpr Lane kUserLane = PK_EVENT_USER;
inline constexpr Lane kPathLane = PK_EVENT_PATH;  // the directories of the first path
inline constexpr Lane kCallLane = PK_EVENT_CALL;
inline constexpr Lane kParentLane = PK_EVENT_PARENT;
inline constexpr Lane kSubjectLane = PK_EVENT_ROWS;
inline constexpr Lane kExecutableLane = kSubjectLane + PK_SUBJECT_DIRECTORY;
inline constexpr Lane kFlagsLane = kSubjectLane + PK_SUBJECT_FLAGS;
inline constexpr Lane kTaskLane = kSubjectLane + PK_SUBJECT_NAME;
inline constexpr Lane kContainerLane = kSubjectLane + PK_SUBJECT_CONTAINER;
inline constexpr Lane kDigestLane = kSubjectLane + PK_SUBJECT_ROWS;
inline constexpr Lane kWayLane = kDigestLane + 1;  // of the first path, then of the second
inline constexpr Lane kAddressLane = kWayLane + PK_PATHS;
inline constexpr Lane kLaneEnd = kAddressLane + 1;

// What the keys of a lane are. Containers are no keys: what is asked of them makes classes (containers.h).
enum class Keys { Numbers, Names, Directories, Networks, Classes };

constexpr bool is_subject(Lane lane) { return lane >= kSubjectLane && lane < kDigestLane; }

// Its keys are whole texts, each with a hash of its own.
constexpr bool is_whole_text(Lane lane) { return lane == kTaskLane || lane == kParentLane || lane == kDigestLane; }

// They are names of tasks.
constexpr bool is_task(Lane lane) { return lane == kTaskLane || lane == kParentLane; }

// Members of records, and the user: small numbers of these have their rows at hand (PK_SMALL_NUMBERS).
constexpr bool has_small(Lane lane) { return lane <= kUserLane; }

constexpr bool is_way(Lane lane) { return lane >= kWayLane && lane < kAddressLane; }

constexpr bool is_path(Lane lane) {
  return (lane >= kPathLane && lane < PK_EVENT_NAMED) || lane == kExecutableLane || lane == kExecutableLane + 1;
}

constexpr Keys keys_of(Lane lane) {
  if (is_whole_text(lane) || is_way(lane)) return Keys::Names;
  if (lane == kContainerLane) return Keys::Classes;
  if (lane == kAddressLane) return Keys::Networks;
  if (lane == kExecutableLane || (is_path(lane) && !is_subject(lane) && (lane - kPathLane) % 2 == 0)) {
    return Keys::Directories;
  }
  return is_path(lane) ? Keys::Names : Keys::Numbers;
}

// The lane of the directories of the same path.
constexpr Lane directories_of(Lane lane) { return keys_of(lane) == Keys::Directories ? lane : lane - 1; }

// The member of the kind's record that is the number of that lane, or the path; "" when there is none.
std::string_view number_member(Kind kind, unsigned slot);
std::string_view path_member(Kind kind, unsigned path);

// Of kinds that are about sockets: the lane of their family.
Lane family_lane(Kind kind);

// Whether the kind has a slot for the names on the way of that path.
bool has_way(Kind kind, unsigned path);

// Whether the kernel knows, when it decides, through which call the events of that kind came. Of an execution it does
// not: what began as execveat is shown as execve when it has happened.
constexpr bool has_call(Kind kind) { return kind != Kind::exec; }

// "number flags", "directories of path", "user": for people.
std::string lane_name(Kind kind, Lane lane);

// The kinds that are decided in the kernel, and those of them that can be refused.
extern const KindSet kDecidedKinds;
extern const KindSet kRefusableKinds;

// Those that are decided by the address of a socket.
extern const KindSet kAddressKinds;

}  // namespace picket::planning
