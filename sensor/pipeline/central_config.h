// SPDX-License-Identifier: Apache-2.0
//
// What the configuration says of `picket central`: the section central.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace YAML {
class Node;
}

namespace picket {

class ConfigReport;

struct CentralConfig {
  std::string from;                                             // kafka://BROKERS/TOPIC; empty: not said
  std::string group = "picket-central";                         // of consumers
  std::vector<std::pair<std::string, std::string>> properties;  // of librdkafka
};

// Reads the section. Every mistake is reported with its place.
void read_central(const YAML::Node& section, CentralConfig& central, ConfigReport& report);

}  // namespace picket
