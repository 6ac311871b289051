// SPDX-License-Identifier: Apache-2.0
//
// JSON Web Tokens that nobody has signed.
#pragma once

#include <cstdint>
#include <ctime>
#include <fstream>
#include <string>
#include <string_view>

namespace picket::test {

inline std::string base64url(std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) -> std::uint32_t {
      return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0;
    };
    const std::uint32_t bits = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    for (std::size_t digit = 0; digit < 4 && i + digit <= bytes.size(); ++digit)
      text += kDigits[bits >> (18 - 6 * digit) & 63];
  }
  return text;
}

inline std::string token_of(std::string_view claims, std::string_view header = R"({"alg":"none"})") {
  return base64url(header) + "." + base64url(claims) + ".";
}

// A token for `who` that ends in so many seconds, in a file.
inline void write_token(const std::string& path, const std::string& who, long seconds) {
  const auto now = static_cast<long>(std::time(nullptr));
  std::ofstream(path) << token_of(R"({"sub":")" + who + R"(","iat":)" + std::to_string(now - 1) + R"(,"exp":)" +
                                  std::to_string(now + seconds) + "}")
                      << '\n';
}

}  // namespace picket::test
