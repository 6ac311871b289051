// SPDX-License-Identifier: Apache-2.0
//
// Escapes and wildcards, and the modifiers that set wildcards.
#include "rules/sigma/pattern.h"

#include <algorithm>
#include <iterator>

namespace picket::sigma {
namespace {

using Kind = Piece::Kind;

void add_text(Pattern& pattern, char byte) {
  if (pattern.empty() || pattern.back().kind != Kind::Text) pattern.push_back({Kind::Text, {}});
  pattern.back().text += byte;
}

void lead_with_any(Pattern& pattern) {
  if (pattern.empty() || pattern.front().kind != Kind::AnyText) pattern.insert(pattern.begin(), {Kind::AnyText, {}});
}

void end_with_any(Pattern& pattern) {
  if (pattern.empty() || pattern.back().kind != Kind::AnyText) pattern.push_back({Kind::AnyText, {}});
}

// Blocks of Unicode without letters of two cases. Those that are not named are taken to have some.
struct Block {
  char32_t first, last;
};
constexpr Block kCaseless[] = {
    {0x0000, 0x007f},                        // ASCII: folded by us
    {0x00a0, 0x00b4},   {0x00b6, 0x00bf},    // signs, without the micro sign
    {0x0590, 0x109f},                        // Hebrew, Arabic, the scripts of India and around
    {0x1100, 0x139f},                        // Hangul, Ethiopic
    {0x2000, 0x2070},   {0x20a0, 0x20cf},    // punctuation, currencies
    {0x2190, 0x24af},   {0x2500, 0x2bff},    // arrows, mathematics, boxes, dingbats
    {0x2e80, 0xa63f},   {0xac00, 0xd7ff},    // Chinese, Japanese, Korean
    {0x1f000, 0x1faff}, {0x20000, 0x3ffff},  // pictures, more Chinese
};

}  // namespace

Pattern parse_pattern(std::string_view text) {
  Pattern pattern;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    if (text[at] == '\\' && (next == '*' || next == '?' || next == '\\')) {
      add_text(pattern, next);
      ++at;
    } else if (text[at] == '*') {
      end_with_any(pattern);
    } else if (text[at] == '?') {
      pattern.push_back({Kind::AnyCharacter, {}});
    } else {
      add_text(pattern, text[at]);
    }
  }
  return pattern;
}

std::optional<std::string> plain_text(const Pattern& pattern) {
  if (pattern.empty()) return std::string();
  if (pattern.size() > 1 || pattern.front().kind != Kind::Text) return std::nullopt;
  return pattern.front().text;
}

std::optional<std::string> make_contains(std::vector<Pattern>& values) {
  make_startswith(values);
  return make_endswith(values);
}

std::optional<std::string> make_startswith(std::vector<Pattern>& values) {
  std::for_each(values.begin(), values.end(), end_with_any);
  return std::nullopt;
}

std::optional<std::string> make_endswith(std::vector<Pattern>& values) {
  std::for_each(values.begin(), values.end(), lead_with_any);
  return std::nullopt;
}

Character first_character(std::string_view text) {
  if (text.empty()) return {};
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return {byte(0), 1};
  const std::size_t size = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : byte(0) >= 0xc2 ? 2 : 0;
  if (size == 0 || byte(0) > 0xf4 || text.size() < size) return {};
  char32_t code = byte(0) & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return code < kLeast[size] || surrogate || code > 0x10ffff ? Character{} : Character{code, size};
}

bool folds_as_ascii(std::string_view text) {
  while (!text.empty()) {
    const Character character = first_character(text);
    const bool known =
        character.size > 0 && std::any_of(std::begin(kCaseless), std::end(kCaseless), [character](const Block& block) {
          return block.first <= character.code && character.code <= block.last;
        });
    if (!known) return false;
    text.remove_prefix(character.size);
  }
  return true;
}

std::string lowered(std::string_view text) {
  std::string low(text);
  for (char& byte : low) {
    if (byte >= 'A' && byte <= 'Z') byte = static_cast<char>(byte - 'A' + 'a');
  }
  return low;
}

}  // namespace picket::sigma
