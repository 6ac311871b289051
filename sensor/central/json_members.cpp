// SPDX-License-Identifier: Apache-2.0
#include "sensor/central/json_members.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "exporters/format/fields.h"
#include "rules/event/time.h"

namespace picket::central {
namespace {

constexpr std::uint8_t kNoDigit = 64;
constexpr auto kDigits = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < kBase64.size(); ++i) {
    digits[static_cast<unsigned char>(kBase64[i])] = static_cast<std::uint8_t>(i);
  }
  return digits;
}();

// All of the text as a number.
template <class Number>
bool parse_all(std::string_view text, Number& to, int base = 10) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), to, base);
  return failure == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::optional<std::string_view> decode_base64(std::string_view text, Scratch& scratch) {
  if (text.size() % 4 != 0) return std::nullopt;
  char* const bytes = scratch.room(text.size() / 4 * 3);
  char* at = bytes;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t group = 0;
    std::size_t given = 0;
    for (; given < 4 && text[i + given] != '='; ++given) {
      const std::uint8_t digit = kDigits[static_cast<unsigned char>(text[i + given])];
      if (digit == kNoDigit) return std::nullopt;
      group |= std::uint32_t{digit} << (18 - 6 * given);
    }
    const bool last = i + 4 == text.size();
    if (given < 2 || (given < 4 && (!last || text.find_first_not_of('=', i + given) != text.npos))) return std::nullopt;
    for (std::size_t byte = 0; byte + 1 < given; ++byte) *at++ = static_cast<char>(group >> (16 - 8 * byte));
  }
  return std::string_view(bytes, static_cast<std::size_t>(at - bytes));
}

bool parse_date(std::string_view text, std::uint64_t& since_1970) {
  if (text.size() != kRfc3339Size) return false;
  constexpr std::string_view kForm = "0000-00-00T00:00:00.000000000Z";
  static_assert(kForm.size() == kRfc3339Size);
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == '0' ? !digit : text[i] != kForm[i]) return false;
  }
  const auto number = [text](std::size_t begin, std::size_t size) {
    unsigned value = 0;
    for (const char c : text.substr(begin, size)) value = value * 10 + static_cast<unsigned>(c - '0');
    return value;
  };
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(number(0, 4))),
                                         std::chrono::month(number(5, 2)), std::chrono::day(number(8, 2))};
  constexpr unsigned kLastYear = 2554;  // that 64 bits of nanoseconds take
  if (!date.ok() || number(0, 4) < 1970 || number(0, 4) > kLastYear) return false;
  if (number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 59) return false;
  const auto days = static_cast<std::uint64_t>(std::chrono::sys_days(date).time_since_epoch().count());
  const std::uint64_t seconds = days * 86400 + number(11, 2) * 3600 + number(14, 2) * 60 + number(17, 2);
  since_1970 = seconds * 1'000'000'000 + number(20, 9);
  return true;
}

bool parse_hex(std::string_view digits, std::uint64_t& to) {
  return digits.size() == kHexSize && parse_all(digits, to, 16);
}

bool parse_entity_id(std::string_view text, pk_key& to) {
  if (text.size() <= kHexSize || text[text.size() - kHexSize - 1] != '-') return false;
  std::uint64_t key = 0;
  if (!parse_hex(text.substr(text.size() - kHexSize), key)) return false;
  to = key;
  return true;
}

bool read_flags(json::value& value, std::span<const FlagName> names, std::uint32_t& to) {
  to = 0;
  return read_elements(value, [&](json::value& element) {
    std::string_view name;
    if (!read_text(element, name)) return false;
    const auto known =
        std::find_if(names.begin(), names.end(), [name](const FlagName& row) { return row.name == name; });
    if (known != names.end()) to |= known->mask;
    return true;
  });
}

bool read_hashes(json::value& value, FileHash& to) {
  struct Hash {
    Scratch& scratch;
    std::string_view algorithm, value;
  };
  static constexpr Row<Hash> kRows[] = {
      {.name = "algorithm", .text = [](std::string_view text, Hash& hash) { hash.algorithm = text; }},
      {.name = "value", .text = [](std::string_view text, Hash& hash) { hash.value = text; }},
  };
  Scratch none;
  return read_elements(value, [&](json::value& element) {
    Hash hash{none, {}, {}};
    if (!read_members(element, kRows, hash)) return false;
    if (hash.algorithm != "SHA-256") return true;
    const auto sha256 = picket::read_digits(hash.value);
    if (sha256) to = FileHash::known(*sha256);
    return sha256.has_value();
  });
}

bool read_strings(json::value& value, bool exact, std::string& to, Scratch& scratch) {
  to.clear();
  return read_elements(value, [&](json::value& element) {
    std::string_view text;
    if (!read_text(element, text)) return false;
    if (exact) {
      const auto bytes = decode_base64(text, scratch);
      if (!bytes) return false;
      text = *bytes;
    }
    to.append(text).append(1, '\0');
    return true;
  });
}

}  // namespace picket::central
