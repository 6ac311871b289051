// SPDX-License-Identifier: Apache-2.0
//
// What the formats share: reading UTF-8 that may be none, writing numbers and times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "rules/event/text.h"
#include "rules/event/value.h"

namespace picket {

// The character at the front of a text. A byte that begins no valid UTF-8 sequence (overlong forms, surrogates and
// numbers above U+10FFFF are none) is a character of its own, of size 1 and not valid.
struct Character {
  char32_t code = 0;
  std::size_t size = 0;
  bool valid = false;
};
Character first_character(std::string_view text);

bool is_utf8(std::string_view text);

// 2026-08-07T14:03:22.123456789Z. `time` is in nanoseconds since 1970.
void append_rfc3339(std::string& out, std::uint64_t time);

// 14:03:22.123Z
void append_time_of_day(std::string& out, std::uint64_t time);

// The texts one after another, in the memory of `scratch`.
std::string_view join(std::span<const std::string_view> parts, Scratch& scratch);

}  // namespace picket
