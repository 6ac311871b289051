// SPDX-License-Identifier: Apache-2.0
//
// The field catalogue for people and programs: what `picket fields` prints. docs/fields.md is its Markdown form.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace picket::cli {

enum class FieldListFormat { Text, Json, Markdown };

// "text", "json", "markdown"; nothing for any other name.
std::optional<FieldListFormat> field_list_format(std::string_view name);

// All fields, and those of Falco's that cannot be known here.
std::string list_fields(FieldListFormat format);

}  // namespace picket::cli
