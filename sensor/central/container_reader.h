// SPDX-License-Identifier: Apache-2.0
//
// The member "container" of an alert as a container: what exporters/format/container.cpp wrote.
#pragma once

#include <cstdint>
#include <string_view>

#include "rules/event/container.h"
#include "sensor/central/json_members.h"

namespace picket::central {

// As read_lineage().
bool read_container(simdjson::ondemand::parser& parser, std::string_view text, std::int64_t offset, Scratch& scratch,
                    Container& container);

}  // namespace picket::central
