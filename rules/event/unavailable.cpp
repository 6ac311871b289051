// SPDX-License-Identifier: Apache-2.0
#include "rules/event/unavailable.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "rules/event/catalogue.h"
#include "rules/event/diagnostic.h"
#include "rules/event/text.h"

namespace picket {
namespace {

constexpr Unavailable kFields[] = {
#define UNAVAILABLE(name, why, instead) {name, why, instead},
#include "rules/event/unavailable.def"
#undef UNAVAILABLE
};

bool covers(std::string_view pattern, std::string_view name) {
  if (!pattern.ends_with('*')) return pattern == name;
  pattern.remove_suffix(1);
  return name.size() > pattern.size() && name.starts_with(pattern);
}

}  // namespace

std::span<const Unavailable> unavailable_fields() { return kFields; }

const Unavailable* find_unavailable(std::string_view name) {
  const auto found = std::find_if(std::begin(kFields), std::end(kFields),
                                  [name](const Unavailable& field) { return covers(field.name, name); });
  return found == std::end(kFields) ? nullptr : found;
}

UnknownField unknown_field(std::string_view name) {
  if (const Unavailable* field = find_unavailable(name)) {
    return {"field " + quote(name) + " is not known here: " + std::string(field->why), std::string(field->instead)};
  }
  std::vector<std::string_view> names;
  for (const Field& field : all_fields()) names.push_back(field.name);
  return {"unknown field " + quote(name), suggestion(name, names)};
}

}  // namespace picket
