// SPDX-License-Identifier: Apache-2.0
//
// The catalogue: its parts joined. Rows stand in *_fields.cpp.
#include "rules/event/catalogue.h"

#include <string_view>
#include <unordered_map>
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
  static const std::unordered_map<std::string_view, const Field*> by_name = [] {
    std::unordered_map<std::string_view, const Field*> all;
    for (const Field& field : all_fields()) all.emplace(field.name, &field);
    return all;
  }();
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second;
}

}  // namespace picket
