// SPDX-License-Identifier: Apache-2.0
//
// Pattern: a text of a Sigma rule as it is compared: stretches of plain text and wildcards, and what the modifiers that
// transform values make of it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace picket::sigma {

struct Piece {
  enum class Kind { Text, AnyText, AnyCharacter };  // what was written, *, ?

  Kind kind = Kind::Text;
  std::string text;  // Text: UTF-8, or after an encoding whatever bytes that makes; not empty

  bool operator==(const Piece&) const = default;
};

// No piece at all is the empty text. Two texts never stand side by side.
using Pattern = std::vector<Piece>;

// As the specification has it: \* \? \\ are the plain characters, every other backslash is one.
Pattern parse_pattern(std::string_view text);

// The text of a pattern without wildcards; nothing when there are some.
std::optional<std::string> plain_text(const Pattern& pattern);

// What a transformation makes of a list of values, or why it cannot be applied to them.
using Transform = std::optional<std::string> (*)(std::vector<Pattern>& values);

std::optional<std::string> make_contains(std::vector<Pattern>& values);
std::optional<std::string> make_startswith(std::vector<Pattern>& values);
std::optional<std::string> make_endswith(std::vector<Pattern>& values);
std::optional<std::string> make_base64(std::vector<Pattern>& values);
std::optional<std::string> make_base64offset(std::vector<Pattern>& values);
std::optional<std::string> make_utf16le(std::vector<Pattern>& values);
std::optional<std::string> make_utf16be(std::vector<Pattern>& values);
std::optional<std::string> make_utf16(std::vector<Pattern>& values);
std::optional<std::string> make_windash(std::vector<Pattern>& values);

// The character at the front of a UTF-8 text and its bytes; size 0 when the bytes are none.
struct Character {
  char32_t code = 0;
  std::size_t size = 0;
};
Character first_character(std::string_view text);

// Whether comparing it without regard to case is comparing ASCII letters so: there is no letter beyond ASCII in it that
// has two cases, and it is UTF-8.
bool folds_as_ascii(std::string_view text);

std::string lowered(std::string_view text);  // ASCII letters only

}  // namespace picket::sigma
