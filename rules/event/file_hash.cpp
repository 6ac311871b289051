// SPDX-License-Identifier: Apache-2.0
#include "rules/event/file_hash.h"

namespace picket {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

std::string_view describe(HashProblem problem) {
  static constexpr std::string_view kTexts[] = {
#define HASH_PROBLEM(name, doc) doc,
#include "rules/event/hash_problems.def"
#undef HASH_PROBLEM
  };
  return kTexts[static_cast<std::size_t>(problem)];
}

void write_digits(const Sha256& sha256, char* to) {
  for (const std::uint8_t byte : sha256) {
    *to++ = kDigits[byte >> 4];
    *to++ = kDigits[byte & 15];
  }
}

std::optional<Sha256> read_digits(std::string_view digits) {
  if (digits.size() != kSha256Digits) return std::nullopt;
  Sha256 sha256{};
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const std::size_t value = kDigits.find(digits[i]);
    if (value == kDigits.npos) return std::nullopt;
    sha256[i / 2] = static_cast<std::uint8_t>(sha256[i / 2] << 4 | value);
  }
  return sha256;
}

}  // namespace picket
