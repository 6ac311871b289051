// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/central_config.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "sensor/pipeline/config_report.h"

namespace picket {
namespace {

constexpr std::string_view kProperties = "properties";
constexpr int kDeepest = 8;  // sections of a property's name, a.b.c

struct Key {
  std::string_view name;
  std::string_view expects;
  std::string CentralConfig::*member;
};
constexpr Key kKeys[] = {
    {"from", "kafka://HOST:PORT[,HOST:PORT].../TOPIC", &CentralConfig::from},
    {"group", "a name", &CentralConfig::group},
};

// {ssl: {ca: {location: x}}} and {ssl.ca.location: x} are the same.
void read_properties(const std::string& prefix, const YAML::Node& map, int depth, CentralConfig& central,
                     ConfigReport& report) {
  for (const auto& item : map) {
    if (!item.first.IsScalar()) {
      report.add(item.first.Mark(), 1, "expected a name");
      continue;
    }
    const std::string name = prefix.empty() ? item.first.Scalar() : prefix + "." + item.first.Scalar();
    if (item.second.IsScalar()) {
      central.properties.emplace_back(name, item.second.Scalar());
    } else if (item.second.IsMap() && depth < kDeepest) {
      read_properties(name, item.second, depth + 1, central, report);
    } else {
      report.add(item.second.Mark(), 1, "central.properties." + name + ": expected one value");
    }
  }
}

}  // namespace

void read_central(const YAML::Node& section, CentralConfig& central, ConfigReport& report) {
  if (section.IsNull()) return;
  if (!section.IsMap()) return report.add(section.Mark(), 1, "central: expected keys and values, as group: NAME");
  for (const auto& item : section) {
    const std::string name = item.first.IsScalar() ? item.first.Scalar() : std::string();
    const auto* const key =
        std::find_if(std::begin(kKeys), std::end(kKeys), [&name](const Key& row) { return row.name == name; });
    if (name == kProperties && item.second.IsMap()) {
      read_properties("", item.second, 0, central, report);
    } else if (name == kProperties) {
      report.add(item.second.Mark(), 1, "central.properties: expected names and values of librdkafka's properties");
    } else if (key == std::end(kKeys)) {
      report.add(item.first, "unknown setting 'central." + name + "'",
                 suggestion(name, {"from", "group", kProperties}));
    } else if (!item.second.IsScalar() || item.second.Scalar().empty()) {
      report.add(item.second.Mark(), 1, "central." + name + ": expected " + std::string(key->expects));
    } else {
      central.*key->member = item.second.Scalar();
    }
  }
}

}  // namespace picket
