// SPDX-License-Identifier: Apache-2.0
//
// Where in the file each byte of a YAML scalar stands. Shared with rules/sigma.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace picket::policy {

// Where a node's own text begins: behind its anchor and tag.
std::uint32_t skip_properties(std::string_view file, std::uint32_t start);

// One place for each byte of `value`, which is what YAML made of the scalar that begins at `start` (as given by
// skip_properties). Every byte that is not blank equals the file's byte at its place, except for what an escape made:
// that stands at the escape's backslash. Works for plain, quoted and block scalars.
std::vector<std::uint32_t> places_of(std::string_view file, std::uint32_t start, std::string_view value);

}  // namespace picket::policy
