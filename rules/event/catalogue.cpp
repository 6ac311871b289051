// SPDX-License-Identifier: Apache-2.0
//
// The catalogue: its parts joined. Rows stand in *_fields.cpp.
#include "rules/event/catalogue.h"

#include <algorithm>
#include <vector>

#include "rules/event/rows.h"

namespace picket {

std::span<const Field> all_fields() {
  static const std::vector<Field> fields = [] {
    std::vector<Field> all;
    for (auto part : {rows::event, rows::outcome, rows::arguments, rows::process, rows::executable, rows::hash,
                      rows::ancestors, rows::thread, rows::user, rows::file, rows::socket, rows::path, rows::dns,
                      rows::container, rows::lists, rows::wire}) {
      const std::span<const Field> rows = part();
      all.insert(all.end(), rows.begin(), rows.end());
    }
    return all;
  }();
  return fields;
}

std::span<const Field> wire_fields() { return all_fields().last(rows::wire().size()); }

const Field* find_field(std::string_view name) {
  const std::span<const Field> fields = all_fields();
  const auto found = std::find_if(fields.begin(), fields.end(), [name](const Field& f) { return f.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

}  // namespace picket
