// SPDX-License-Identifier: Apache-2.0
//
// The formats that machines read, by name: one row each in formats.cpp. A new one is a file and a row. What a format
// has no place for goes to its place for what vendors add (docs/formats.md).
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "exporters/format/formatter.h"

namespace picket {

struct Format {
  std::string_view name;  // as output.format has it
  std::string_view doc;
  std::unique_ptr<Formatter> (*make)(Host host);
};

// The first one is the default.
std::span<const Format> all_formats();

// The format of that name, or nullptr.
const Format* find_format(std::string_view name);

}  // namespace picket
