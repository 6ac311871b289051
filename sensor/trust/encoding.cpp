// SPDX-License-Identifier: Apache-2.0
#include "sensor/trust/encoding.h"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace picket::trust {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kSignatureText = 88;  // four letters for each three bytes

}  // namespace

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, kDigestBytes> digest;
  // Fails only without memory, or without a provider that has SHA-256.
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) std::abort();
  std::string text;
  for (const unsigned char byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

bool is_sha256(std::string_view text) {
  return text.size() == 2 * kDigestBytes && text.find_first_not_of(kDigits) == text.npos;
}

std::string base64(const Signature& signature) {
  std::array<unsigned char, kSignatureText + 1> text;  // EVP_EncodeBlock ends it with a NUL
  EVP_EncodeBlock(text.data(), signature.data(), static_cast<int>(signature.size()));
  return std::string(text.begin(), text.end() - 1);
}

// OpenSSL's decoder takes blanks and loose bits at the end: only what it would write itself counts.
std::optional<Signature> parse_base64(std::string_view text) {
  if (text.size() != kSignatureText) return std::nullopt;
  std::array<unsigned char, kSignatureText / 4 * 3> bytes;
  const auto* const letters = reinterpret_cast<const unsigned char*>(text.data());
  if (EVP_DecodeBlock(bytes.data(), letters, static_cast<int>(text.size())) < 0) return std::nullopt;
  Signature signature;
  std::copy_n(bytes.begin(), signature.size(), signature.begin());
  if (base64(signature) != text) return std::nullopt;
  return signature;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace picket::trust
