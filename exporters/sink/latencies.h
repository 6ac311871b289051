// SPDX-License-Identifier: Apache-2.0
//
// How long messages took from the hook to where they belong: a histogram with fixed bounds. Adding to it compares a few
// numbers; nothing is allocated.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace picket {

struct Latencies {
  static constexpr std::uint64_t kMs = 1'000'000;
  static constexpr std::array<std::uint64_t, 18> kBounds = {
      kMs / 10,  kMs / 4,   kMs / 2,   kMs,         5 * kMs / 2, 5 * kMs,     10 * kMs,     25 * kMs,     50 * kMs,
      100 * kMs, 250 * kMs, 500 * kMs, 1'000 * kMs, 2'500 * kMs, 5'000 * kMs, 10'000 * kMs, 30'000 * kMs, 60'000 * kMs};

  std::array<std::uint64_t, kBounds.size() + 1> counts{};  // up to each bound, above the one before; all above
  std::uint64_t sum = 0;                                   // nanoseconds

  void add(std::uint64_t nanoseconds) {
    const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), nanoseconds);
    ++counts[static_cast<std::size_t>(bound - kBounds.begin())];
    sum += nanoseconds;
  }
};

}  // namespace picket
