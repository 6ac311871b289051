// SPDX-License-Identifier: Apache-2.0
//
// Bytes as text. Each byte string has one text only: what another program would write differently is refused.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace picket::trust {

using Signature = std::array<std::uint8_t, 64>;  // Ed25519, RFC 8032

// SHA-256 (FIPS 180-4) in lower-case hexadecimal digits, as `sha256sum` prints it.
std::string sha256(std::string_view bytes);
bool is_sha256(std::string_view text);

// Base64 with padding, RFC 4648 section 4.
std::string base64(const Signature& signature);
std::optional<Signature> parse_base64(std::string_view text);

// A decimal number, or nothing: no sign, no zeros in front.
std::optional<std::uint64_t> parse_number(std::string_view text);

}  // namespace picket::trust
