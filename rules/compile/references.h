// SPDX-License-Identifier: Apache-2.0
//
// In which order items that refer to each other (lists in lists, macros in macros) can be expanded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace picket {

// For each item, the items it refers to, in the order of its text.
using References = std::vector<std::vector<std::size_t>>;

// The reference that closes a loop.
struct Loop {
  std::size_t item;
  std::size_t reference;           // references[item][reference]
  std::vector<std::size_t> chain;  // from the item referred to back to it: a, b, a
};

struct ExpansionOrder {
  std::vector<std::size_t> items;  // every item once, after those it refers to; loops are cut at `loops`
  std::vector<Loop> loops;
};

ExpansionOrder expansion_order(const References& references);

// "a -> b -> a"
std::string chain_text(const Loop& loop, const std::vector<std::string_view>& names);

}  // namespace picket
