// SPDX-License-Identifier: Apache-2.0
//
// One row for each type: how it is written and the function that reads it.
#include "rules/compile/literals.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>

namespace picket {
namespace {

// Decimal or 0x; the whole text.
std::optional<std::uint64_t> magnitude(std::string_view text) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number, hex ? 16 : 10);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Takes a sign away; true when it was a minus.
bool take_minus(std::string_view& text) {
  const bool minus = text.starts_with('-');
  if (minus || text.starts_with('+')) text.remove_prefix(1);
  return minus;
}

std::optional<Value> parse_text(std::string_view text) { return text; }

std::optional<Value> parse_signed(std::string_view text) {
  const bool minus = take_minus(text);
  const auto number = magnitude(text);
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!number || *number > kMax + (minus ? 1 : 0)) return std::nullopt;
  return static_cast<std::int64_t>(minus ? ~*number + 1 : *number);
}

std::optional<Value> parse_unsigned(std::string_view text) {
  const bool minus = take_minus(text);
  const auto number = magnitude(text);
  if (!number || (minus && *number != 0)) return std::nullopt;
  return *number;
}

std::optional<Value> parse_bool(std::string_view text) {
  if (text != "true" && text != "false") return std::nullopt;
  return text == "true";
}

// IPv4 inside IPv6 (::ffff:1.2.3.4) is IPv4, as in the values of fields.
std::optional<Value> parse_address(std::string_view text) {
  constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  Address address;
  address.family = text.find(':') == std::string_view::npos ? 4 : 6;
  const int family = address.family == 4 ? AF_INET : AF_INET6;
  if (inet_pton(family, std::string(text).c_str(), address.bytes.data()) != 1) return std::nullopt;
  if (address.family == 6 && std::equal(kMapped.begin(), kMapped.end(), address.bytes.begin())) {
    Address inner{4, {}};
    std::copy(address.bytes.begin() + kMapped.size(), address.bytes.end(), inner.bytes.begin());
    return inner;
  }
  return address;
}

struct Notation {
  Type type;
  std::optional<Value> (*parse)(std::string_view text);
  std::string_view doc;
};

constexpr Notation kNotations[] = {
    {Type::Text, parse_text, "any text"},
    {Type::Signed, parse_signed, "a whole number, decimal or 0x..., perhaps with a sign"},
    {Type::Unsigned, parse_unsigned, "a whole number from 0 on, decimal or 0x..."},
    {Type::Bool, parse_bool, "true or false"},
    {Type::Address, parse_address, "an IPv4 or IPv6 address"},
    {Type::Network, parse_address, "a network, 10.0.0.0/8 or 2001:db8::/32, or an address"},
};

const Notation& notation(Type type) {
  for (const Notation& row : kNotations) {
    if (row.type == type) return row;
  }
  std::abort();
}

}  // namespace

std::optional<Value> parse_value(Type type, std::string_view text) { return notation(type).parse(text); }

// The bits behind the prefix do not count: they are cleared, so that equal networks look equal.
std::optional<language::Operand> parse_operand(Type type, std::string_view text) {
  const std::size_t slash = type == Type::Network ? text.find('/') : text.npos;
  const auto value = parse_value(type, text.substr(0, slash));
  if (!value) return std::nullopt;
  language::Operand operand{*value, 0, nullptr};
  if (type != Type::Network) return operand;
  Address& address = std::get<Address>(operand.value);
  const std::uint64_t bits = text.substr(0, slash).find(':') == text.npos ? 32 : 128;
  const auto written = slash == text.npos ? bits : magnitude(text.substr(slash + 1));
  const std::uint64_t lost = bits == 128 && address.family == 4 ? 96 : 0;  // ::ffff:10.0.0.0/104 is 10.0.0.0/8
  if (!written || *written > bits || *written < lost) return std::nullopt;
  operand.prefix = static_cast<std::uint8_t>(*written - lost);
  for (std::size_t bit = operand.prefix; bit < 128; ++bit) {
    address.bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80u >> bit % 8));
  }
  return operand;
}

std::optional<std::string> parse_bytes(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    unsigned byte = 0;
    const auto [end, failure] = std::from_chars(digits.data() + at, digits.data() + at + 2, byte, 16);
    if (failure != std::errc() || end != digits.data() + at + 2) return std::nullopt;
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

std::string_view value_notation(Type type) { return notation(type).doc; }

}  // namespace picket
