// SPDX-License-Identifier: Apache-2.0
//
// What each kind of event is in OCSF: its class and activity, who acts, and which members say what it was done to.
#pragma once

#include <cstdint>
#include <string_view>

#include "rules/event/event.h"

namespace picket::ocsf {

struct Class {
  std::uint32_t uid;
  std::uint32_t category;
  std::string_view name;
};

extern const Class kFinding, kLifecycle, kError;

struct Record;

// Whose `actor` it is.
enum class Actor {
  Process,  // the process of the event
  Itself,   // the same, and it is what the event is about, too: told in full there
  Maker,    // the one that made the process, which is what the event is about
  Nobody,
};

struct Row {
  Kind kind;
  bool (*holds)(const Event& event);  // nullptr: always. The first row of the kind that holds is the one
  const Class* of;
  std::uint32_t activity;  // activity_id
  std::string_view name;   // activity_name: OCSF's own, or ours where it has none (99)
  Actor actor;
  void (*target)(Record& record);  // writes the members that say what it was done to

  std::uint32_t type_uid() const { return of->uid * 100 + activity; }
};

const Row& row_of(const Event& event);

}  // namespace picket::ocsf
