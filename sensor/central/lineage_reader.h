// SPDX-License-Identifier: Apache-2.0
//
// The members "process", "parent" and "ancestors" of an alert as processes: what exporters/format/lineage.cpp wrote.
#pragma once

#include <deque>
#include <string_view>

#include "rules/event/process.h"
#include "sensor/central/json_members.h"
#include "sensor/central/message_names.h"

namespace picket::central {

// A process with those above it, and the users that they are. Does not move once it is read.
struct KnownLineage {
  std::deque<Process> processes;  // the one that acted first, then upwards; each but the last has its parent
  MessageNames names;

  const Process& process() const { return processes.front(); }
};

// The texts of the three members; those that a message lacks are empty.
struct LineageTexts {
  std::string_view process, parent, ancestors;
};

// Behind each text kPadding bytes are readable. `offset` is what dates have beyond the boot clock. False: a member is
// not what it has to be, and `lineage` is of no use.
bool read_lineage(simdjson::ondemand::parser& parser, const LineageTexts& texts, std::int64_t offset, Scratch& scratch,
                  KnownLineage& lineage);

// The members of users and groups: {"uid":0,"name":"root"}.
bool read_user(json::value& value, Scratch& scratch, MessageNames& names, std::uint32_t& uid);
bool read_group(json::value& value, Scratch& scratch, MessageNames& names, std::uint32_t& gid);

}  // namespace picket::central
