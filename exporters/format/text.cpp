// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/text.h"

#include <algorithm>

#include "rules/event/time.h"

namespace picket {
namespace {

// By the first byte: how long the sequence is, and the least number that needs that length.
struct Lead {
  unsigned char mask, value;
  std::size_t size;
  char32_t least;
};
constexpr Lead kLeads[] = {{0x80, 0x00, 1, 0}, {0xe0, 0xc0, 2, 0x80}, {0xf0, 0xe0, 3, 0x800}, {0xf8, 0xf0, 4, 0x10000}};

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
  char text[kRfc3339Size];
  put_rfc3339(text, time);
  out.append(text, sizeof text);
}

void append_time_of_day(std::string& out, std::uint64_t time) {
  char text[kTimeOfDaySize];
  put_time_of_day(text, time);
  out.append(text, sizeof("14:03:22.123") - 1);
  out += 'Z';
}

std::string_view join(std::span<const std::string_view> parts, Scratch& scratch) {
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  char* const text = scratch.room(size);
  char* end = text;
  for (const std::string_view part : parts) end = std::copy(part.begin(), part.end(), end);
  return {text, size};
}

}  // namespace picket
