// SPDX-License-Identifier: Apache-2.0
//
// What the configuration says of sinks: output.sinks, a list of maps. Some keys all sinks have; the others are those of
// the type (exporters/sink/sink_types.h).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/sink/filter.h"
#include "exporters/sink/sink_types.h"
#include "rules/event/result.h"

namespace YAML {
class Node;
}

namespace picket {

class ConfigReport;
struct Config;

inline constexpr std::string_view kHumanFormat = "human";  // lines for people, beside the formats for machines

struct SinkConfig {
  const SinkType* type = nullptr;
  std::string name;    // the type, with the path where there is one, when nothing is said
  std::string format;  // empty: that of output.format
  Filter filter = {};
  std::optional<std::size_t> queue_bytes = {};  // nothing: as its type has it
  SinkSettings settings = {};
  std::size_t line = 0;  // of the configuration file; 0: not from there
};

// Reads the list. Every mistake is reported with its place: an unknown key with the nearest one that there is. Sinks
// without a type are left out.
void read_sinks(const YAML::Node& list, std::vector<SinkConfig>& sinks, ConfigReport& report);

// Sinks that get in each other's way, or in that of output.stdout and output.file; nothing when none do.
std::optional<Error> contradiction_of_sinks(const Config& config);

}  // namespace picket
