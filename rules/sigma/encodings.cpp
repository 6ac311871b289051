// SPDX-License-Identifier: Apache-2.0
//
// The modifiers that encode a value, or spell its dashes in other ways.
#include <algorithm>
#include <cstdint>
#include <iterator>

#include "rules/sigma/pattern.h"

namespace picket::sigma {
namespace {

// ---- Base64 ----

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    const std::size_t size = std::min<std::size_t>(3, bytes.size() - at);
    for (std::size_t i = 0; i < 3; ++i) {
      group = group << 8 | (i < size ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    }
    for (std::size_t i = 0; i < 4; ++i) text += i <= size ? kDigits[group >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

// The digits that are the same whatever stands around a text that begins `shift` bytes behind a group's beginning.
std::string base64_core(std::string_view bytes, std::size_t shift) {
  constexpr std::size_t kSkipped[] = {0, 2, 3};  // digits that bits of what stands before have a part in
  constexpr std::size_t kCut[] = {0, 3, 2};      // the same of what follows, with the signs that fill up
  const std::string text = base64(std::string(shift, ' ') + std::string(bytes));
  const std::size_t cut = kSkipped[shift] + kCut[(bytes.size() + shift) % 3];
  return text.size() <= cut ? std::string() : text.substr(kSkipped[shift], text.size() - cut);
}

Pattern pattern_of(std::string text) {
  return text.empty() ? Pattern{} : Pattern{{Piece::Kind::Text, std::move(text)}};
}

constexpr const char* kWildcards = "a text with wildcards cannot be encoded in Base64";

// ---- UTF-16 ----

void append_unit(std::string& out, std::uint32_t unit, bool big) {
  const char high = static_cast<char>(unit >> 8 & 0xff), low = static_cast<char>(unit & 0xff);
  out += big ? high : low;
  out += big ? low : high;
}

std::optional<std::string> utf16(std::string_view text, bool big) {
  std::string out;
  while (!text.empty()) {
    const Character character = first_character(text);
    if (character.size == 0) return std::nullopt;
    const char32_t code = character.code;
    if (code >= 0x10000) append_unit(out, 0xd800 + ((code - 0x10000) >> 10), big);
    append_unit(out, code < 0x10000 ? code : 0xdc00 + ((code - 0x10000) & 0x3ff), big);
    text.remove_prefix(character.size);
  }
  return out;
}

std::optional<std::string> to_utf16(std::vector<Pattern>& values, bool big, std::string_view mark) {
  for (Pattern& pattern : values) {
    for (Piece& piece : pattern) {
      if (piece.kind != Piece::Kind::Text) continue;
      auto encoded = utf16(piece.text, big);
      if (!encoded) return "the text is not UTF-8";
      piece.text = *std::move(encoded);
    }
    if (!mark.empty() && !pattern.empty() && pattern.front().kind == Piece::Kind::Text) {
      pattern.front().text.insert(0, mark);
    }
  }
  return std::nullopt;
}

// ---- dashes ----

constexpr std::string_view kDashes[] = {"-", "/", "\xe2\x80\x93", "\xe2\x80\x94", "\xe2\x80\x95"};
constexpr std::size_t kMostSpellings = 625;  // four dashes

bool is_word(char byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
         static_cast<unsigned char>(byte) >= 0x80;
}

// A dash or slash before a word and not behind one: the sign of an option.
std::size_t next_sign(std::string_view text, std::size_t from) {
  for (std::size_t at = from; at + 1 < text.size(); ++at) {
    const bool sign = text[at] == '-' || text[at] == '/';
    if (sign && is_word(text[at + 1]) && (at == 0 || !is_word(text[at - 1]))) return at;
  }
  return text.npos;
}

// Every spelling of what stands behind `from`, each behind `begun`. False when there are too many.
bool spell(std::string_view text, std::string begun, std::size_t from, std::vector<std::string>& out) {
  const std::size_t sign = next_sign(text, from);
  if (sign == text.npos) {
    out.push_back(begun.append(text.substr(from)));
    return out.size() <= kMostSpellings;
  }
  begun.append(text.substr(from, sign - from));
  return std::all_of(std::begin(kDashes), std::end(kDashes),
                     [&](std::string_view dash) { return spell(text, begun + std::string(dash), sign + 1, out); });
}

// The pieces before `from` are spelt.
bool spell_pieces(const Pattern& pattern, std::size_t from, std::vector<Pattern>& out) {
  while (from < pattern.size() && pattern[from].kind != Piece::Kind::Text) ++from;
  if (from == pattern.size()) {
    out.push_back(pattern);
    return out.size() <= kMostSpellings;
  }
  std::vector<std::string> spellings;
  if (!spell(pattern[from].text, {}, 0, spellings)) return false;
  return std::all_of(spellings.begin(), spellings.end(), [&](std::string& spelling) {
    Pattern spelt = pattern;
    spelt[from].text = std::move(spelling);
    return spell_pieces(spelt, from + 1, out);
  });
}

}  // namespace

std::optional<std::string> make_base64(std::vector<Pattern>& values) {
  for (Pattern& pattern : values) {
    const auto text = plain_text(pattern);
    if (!text) return kWildcards;
    pattern = pattern_of(base64(*text));
  }
  return std::nullopt;
}

std::optional<std::string> make_base64offset(std::vector<Pattern>& values) {
  std::vector<Pattern> shifted;
  for (const Pattern& pattern : values) {
    const auto text = plain_text(pattern);
    if (!text) return kWildcards;
    for (std::size_t shift = 0; shift < 3; ++shift) {
      std::string core = base64_core(*text, shift);
      if (core.empty()) return "the text is too short to be recognised in Base64";
      shifted.push_back(pattern_of(std::move(core)));
    }
  }
  values = std::move(shifted);
  return std::nullopt;
}

std::optional<std::string> make_utf16le(std::vector<Pattern>& values) { return to_utf16(values, false, ""); }
std::optional<std::string> make_utf16be(std::vector<Pattern>& values) { return to_utf16(values, true, ""); }
std::optional<std::string> make_utf16(std::vector<Pattern>& values) { return to_utf16(values, false, "\xff\xfe"); }

std::optional<std::string> make_windash(std::vector<Pattern>& values) {
  std::vector<Pattern> spelt;
  for (const Pattern& pattern : values) {
    std::vector<Pattern> spellings;
    if (!spell_pieces(pattern, 0, spellings)) return "a text with more than four dashes has too many spellings";
    std::move(spellings.begin(), spellings.end(), std::back_inserter(spelt));
  }
  values = std::move(spelt);
  return std::nullopt;
}

}  // namespace picket::sigma
