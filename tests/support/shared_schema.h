// SPDX-License-Identifier: Apache-2.0
//
// Schemas of other projects, which are not part of Picket: they lie beside the source tree, or where PICKET_SCHEMAS
// says.
#pragma once

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tests/support/json_schema.h"

namespace picket::test {

inline constexpr const char* kNoSchemas =
    "NOT TESTED: no schemas beside the source tree (../shared/schemas), and PICKET_SCHEMAS does not say where";

inline std::optional<nlohmann::json> shared_json(const std::string& name) {
  const char* given = std::getenv("PICKET_SCHEMAS");
  std::ifstream file(std::string(given ? given : PICKET_SOURCE_DIR "/../shared/schemas") + "/" + name);
  if (!file) return std::nullopt;
  return nlohmann::json::parse(file);
}

inline std::optional<JsonSchema> shared_schema(const std::string& name) {
  auto json = shared_json(name);
  if (!json) return std::nullopt;
  return JsonSchema(std::move(*json));
}

}  // namespace picket::test
