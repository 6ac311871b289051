// SPDX-License-Identifier: Apache-2.0
#include "rules/match/siphash.h"

#include <sys/random.h>

#include <bit>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace picket {
namespace {

struct State {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }

  void rounds(int count) {
    for (int i = 0; i < count; ++i) round();
  }

  void absorb(std::uint64_t word) {
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  }

  std::uint64_t squeeze() {
    rounds(4);
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

// Up to eight bytes, the first the lowest.
std::uint64_t word_of(std::string_view bytes) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return word;
}

}  // namespace

Key128 siphash(std::string_view bytes, const Key128& secret) {
  State state{secret.low ^ 0x736f6d6570736575, secret.high ^ 0x646f72616e646f6d ^ 0xee, secret.low ^ 0x6c7967656e657261,
              secret.high ^ 0x7465646279746573};
  const std::uint64_t length = std::uint64_t{bytes.size()} << 56;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) state.absorb(word_of(bytes.substr(0, 8)));
  state.absorb(length | word_of(bytes));
  state.v2 ^= 0xee;
  Key128 key;
  key.low = state.squeeze();
  state.v1 ^= 0xdd;
  key.high = state.squeeze();
  return key;
}

// The kernel has had its random numbers long before any sensor runs: this does not fail.
Key128 random_secret() {
  Key128 secret;
  if (getrandom(&secret, sizeof secret, 0) != static_cast<ssize_t>(sizeof secret)) std::abort();
  return secret;
}

}  // namespace picket
