// SPDX-License-Identifier: Apache-2.0
//
// What is larger than brokers take, made smaller. Who is watched decides how long arguments and names are, who made a
// container's image how long its labels: an alert must not stay out because of them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace picket {

// The JSON object of that text in at most `most` bytes: its longest texts end with " [N bytes cut]", its longest lists
// of texts with "[N more]", and of other lists elements are left out. Members stay in their order. A member NAME_base64
// goes when NAME was cut. Nothing when the text is no JSON object, or cannot be made as small.
std::optional<std::string> shorten_json(std::string_view text, std::size_t most);

}  // namespace picket
