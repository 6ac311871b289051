// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/text.h"

#include <chrono>

namespace picket {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kDay = 86400;

// By the first byte: how long the sequence is, and the least number that needs that length.
struct Lead {
  unsigned char mask, value;
  std::size_t size;
  char32_t least;
};
constexpr Lead kLeads[] = {{0x80, 0x00, 1, 0}, {0xe0, 0xc0, 2, 0x80}, {0xf0, 0xe0, 3, 0x800}, {0xf8, 0xf0, 4, 0x10000}};

// Writes exactly `digits` digits.
void append_padded(std::string& out, std::uint64_t number, int digits) {
  char text[20];
  for (int i = digits - 1; i >= 0; --i, number /= 10) text[i] = static_cast<char>('0' + number % 10);
  out.append(text, static_cast<std::size_t>(digits));
}

void append_clock(std::string& out, std::uint64_t second_of_day) {
  append_padded(out, second_of_day / 3600, 2);
  out += ':';
  append_padded(out, second_of_day / 60 % 60, 2);
  out += ':';
  append_padded(out, second_of_day % 60, 2);
}

}  // namespace

Character first_character(std::string_view text) {
  const Character invalid{static_cast<unsigned char>(text[0]), 1, false};
  for (const Lead& lead : kLeads) {
    const auto first = static_cast<unsigned char>(text[0]);
    if ((first & lead.mask) != lead.value) continue;
    if (text.size() < lead.size) return invalid;
    char32_t code = first & static_cast<unsigned char>(~lead.mask);
    for (std::size_t i = 1; i < lead.size; ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      if ((byte & 0xc0) != 0x80) return invalid;
      code = code << 6 | (byte & 0x3f);
    }
    const bool surrogate = code >= 0xd800 && code < 0xe000;
    return code < lead.least || code > 0x10ffff || surrogate ? invalid : Character{code, lead.size, true};
  }
  return invalid;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Character character = first_character(text);
    if (!character.valid) return false;
    text.remove_prefix(character.size);
  }
  return true;
}

void append_rfc3339(std::string& out, std::uint64_t time) {
  const std::uint64_t seconds = time / kSecond;
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days(seconds / kDay)}};
  append_padded(out, static_cast<std::uint64_t>(int{date.year()}), 4);
  out += '-';
  append_padded(out, unsigned{date.month()}, 2);
  out += '-';
  append_padded(out, unsigned{date.day()}, 2);
  out += 'T';
  append_clock(out, seconds % kDay);
  out += '.';
  append_padded(out, time % kSecond, 9);
  out += 'Z';
}

void append_time_of_day(std::string& out, std::uint64_t time) {
  append_clock(out, time / kSecond % kDay);
  out += '.';
  append_padded(out, time % kSecond / 1'000'000, 3);
  out += 'Z';
}

}  // namespace picket
