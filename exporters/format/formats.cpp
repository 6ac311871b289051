// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/formats.h"

#include <algorithm>
#include <iterator>

#include "exporters/format/ecs.h"
#include "exporters/format/falco.h"
#include "exporters/format/ocsf.h"

namespace picket {
namespace {

constexpr Format kFormats[] = {
    {"native", "Picket's own JSON (docs/schema)", append_native_json, append_native_json, append_native_json,
     append_native_json},
    {"falco", "Falco's JSON output", append_falco, append_falco, append_falco, append_falco},
    {"ocsf", "OCSF 1.8.0: Detection Findings with their evidence", append_ocsf, append_ocsf, append_ocsf, append_ocsf},
    {"ecs", "Elastic Common Schema", append_ecs, append_ecs, append_ecs, append_ecs},
};

}  // namespace

std::span<const Format> all_formats() { return kFormats; }

const Format* find_format(std::string_view name) {
  const auto* const found =
      std::find_if(std::begin(kFormats), std::end(kFormats), [name](const Format& row) { return row.name == name; });
  return found == std::end(kFormats) ? nullptr : found;
}

}  // namespace picket
