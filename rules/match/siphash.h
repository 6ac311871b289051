// SPDX-License-Identifier: Apache-2.0
//
// SipHash-2-4 with 128 bits (Aumasson, Bernstein 2012): a hash with a secret, so that whoever chooses the values cannot
// choose two that collide.
#pragma once

#include <cstdint>
#include <string_view>

namespace picket {

struct Key128 {
  std::uint64_t low = 0, high = 0;
  bool operator==(const Key128&) const = default;
};

Key128 siphash(std::string_view bytes, const Key128& secret);

// A secret from the kernel's random numbers.
Key128 random_secret();

}  // namespace picket
