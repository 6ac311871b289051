// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/json.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace picket {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::size_t kLongestEscape = sizeof("\\u001f") - 1;
constexpr std::size_t kLongestNumber = sizeof("-9223372036854775808") - 1;
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char* put(char* at, std::string_view text) { return std::copy(text.begin(), text.end(), at); }

constexpr std::uint64_t each_byte(unsigned char byte) { return std::uint64_t{0x0101010101010101} * byte; }

// True when none of the eight bytes is zero. Exact, though the marks above the lowest zero byte may be wrong.
constexpr bool no_zero_byte(std::uint64_t word) { return ((word - each_byte(1)) & ~word & each_byte(0x80)) == 0; }

// True when all eight bytes are themselves in JSON: printable ASCII, but no quotation mark and no backslash.
constexpr bool all_plain(std::uint64_t word) {
  const bool ascii = (word & each_byte(0x80)) == 0;
  const bool no_control = ((word - each_byte(0x20)) & ~word & each_byte(0x80)) == 0;
  return ascii && no_control && no_zero_byte(word ^ each_byte('"')) && no_zero_byte(word ^ each_byte('\\'));
}

constexpr bool is_plain(char c) { return c >= 0x20 && c != '"' && c != '\\'; }

// The same of a block of sixteen.
using Block = signed char __attribute__((vector_size(16)));
bool all_plain(Block block) {
  const auto special = (block < 0x20) | (block == '"') | (block == '\\');  // what is not ASCII is below 0
  std::uint64_t halves[2];
  static_assert(sizeof halves == sizeof special);
  std::memcpy(halves, &special, sizeof halves);
  return (halves[0] | halves[1]) == 0;
}

// Copies words of that type while all their bytes are plain. Returns how many bytes are done.
template <class Word, class Plain>
std::size_t copy_words(char* to, std::string_view from, std::size_t done, Plain plain) {
  for (Word word; done + sizeof word <= from.size(); done += sizeof word) {
    std::memcpy(&word, from.data() + done, sizeof word);
    if (!plain(word)) break;
    std::memcpy(to + done, &word, sizeof word);
  }
  return done;
}

// Copies the plain bytes at the front and returns how many there are.
std::size_t copy_plain(char* to, std::string_view from) {
  std::size_t done = copy_words<Block>(to, from, 0, [](Block block) { return all_plain(block); });
  done = copy_words<std::uint64_t>(to, from, done, [](std::uint64_t word) { return all_plain(word); });
  done = copy_words<std::uint32_t>(to, from, done,
                                   [](std::uint32_t word) { return all_plain(word | each_byte(' ') << 32); });
  for (; done < from.size() && is_plain(from[done]); ++done) to[done] = from[done];
  return done;
}

// For an ASCII byte that is not plain. Returns the place behind what it wrote: kLongestEscape at most.
char* put_escaped(char* at, char c) {
  struct Short {
    char byte, letter;
  };
  static constexpr Short kShort[] = {{'"', '"'},  {'\\', '\\'}, {'\n', 'n'}, {'\t', 't'},
                                     {'\r', 'r'}, {'\b', 'b'},  {'\f', 'f'}};
  *at++ = '\\';
  for (const Short& row : kShort) {
    if (row.byte != c) continue;
    *at++ = row.letter;
    return at;
  }
  const auto byte = static_cast<unsigned char>(c);
  at = put(at, "u00");
  *at++ = kHex[byte >> 4];
  *at++ = kHex[byte & 15];
  return at;
}

}  // namespace

void JsonWriter::grow(std::size_t bytes) {
  constexpr std::size_t kLeast = 2048;
  const std::size_t used = size();
  out_.resize(used + std::max({bytes, used, kLeast}));
  at_ = out_.data() + used;
  end_ = out_.data() + out_.size();
}

void JsonWriter::append_signed(long long number) {
  separate(kLongestNumber);
  at_ = std::to_chars(at_, end_, number).ptr;
  comma_ = true;
}

void JsonWriter::append_unsigned(unsigned long long number) {
  separate(kLongestNumber);
  at_ = std::to_chars(at_, end_, number).ptr;
  comma_ = true;
}

bool JsonWriter::append_string(std::string_view text) {
  separate(text.size() + 2);
  *at_++ = '"';
  const std::size_t plain = copy_plain(at_, text);
  at_ += plain;
  const bool utf8 = plain == text.size() || append_characters(text.substr(plain));
  room(1);
  *at_++ = '"';
  comma_ = true;
  return utf8;
}

// The first one is not plain.
bool JsonWriter::append_characters(std::string_view text) {
  bool utf8 = true;
  while (!text.empty()) {
    room(text.size() + kLongestEscape);
    const Character character = first_character(text);
    if (!character.valid) {
      at_ = put(at_, kReplacement);
    } else if (character.size == 1) {
      at_ = put_escaped(at_, text[0]);
    } else {
      at_ = put(at_, text.substr(0, character.size));
    }
    utf8 &= character.valid;
    text.remove_prefix(character.size);
    const std::size_t plain = copy_plain(at_, text);
    at_ += plain;
    text.remove_prefix(plain);
  }
  return utf8;
}

JsonWriter& JsonWriter::base64_member(std::string_view name, std::string_view bytes) {
  constexpr std::string_view kSuffix = "_base64\":";
  separate(name.size() + kSuffix.size() + 1);
  *at_++ = '"';
  at_ = put(put(at_, name), kSuffix);
  comma_ = false;
  return base64(bytes);
}

JsonWriter& JsonWriter::base64(std::string_view bytes) {
  return placed((bytes.size() + 2) / 3 * 4, [bytes](char* at) {
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
      const std::size_t given = std::min<std::size_t>(3, bytes.size() - i);
      std::uint32_t group = 0;
      for (std::size_t j = 0; j < 3; ++j) {
        group = group << 8 | (j < given ? static_cast<unsigned char>(bytes[i + j]) : 0u);
      }
      for (std::size_t j = 0; j < 4; ++j) *at++ = j <= given ? kBase64[group >> (18 - 6 * j) & 63] : '=';
    }
    return at;
  });
}

}  // namespace picket
