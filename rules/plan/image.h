// SPDX-License-Identifier: Apache-2.0
//
// Draft -> the rows and keys of an image.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "rules/plan/draft.h"

namespace picket::planning {

// The bits of conjuncts that refuse or kill, and of those that only say so, by kind.
struct Deeds {
  std::array<std::vector<std::uint32_t>, kKindEnd> enforce, audit;
};

// Fills all but the responses. A few seeds are tried, from `seed` on. When it does not fit all the same: the lane that
// takes the most room; then the image is of no use.
std::optional<LaneId> write_image(const Draft& draft, const Deeds& deeds, std::uint64_t seed, pk_image& image);

}  // namespace picket::planning
