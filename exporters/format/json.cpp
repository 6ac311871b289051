// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/json.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace picket {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::size_t kLongestEscape = sizeof("\\u001f") - 1;
constexpr std::string_view kBase64Suffix = "_base64\":";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr bool is_plain(char c) { return static_cast<signed char>(c) >= 0x20 && c != '"' && c != '\\'; }

// True when all sixteen bytes are themselves in JSON: printable ASCII, but no quotation mark and no backslash.
using Block = signed char __attribute__((vector_size(16)));
[[gnu::always_inline]] inline bool all_plain(Block block) {
  const auto special = (block < 0x20) | (block == '"') | (block == '\\');  // what is not ASCII is below 0
  std::uint64_t halves[2];
  static_assert(sizeof halves == sizeof special);
  std::memcpy(halves, &special, sizeof halves);
  return (halves[0] | halves[1]) == 0;
}

// Copies 2 to 2 * sizeof(Half) bytes, at least as many as a Half has, when they are all plain: as its first and its
// last half, which may overlap.
template <class Half>
[[gnu::always_inline]] inline bool copy_halves(char* to, std::string_view from) {
  Half halves[2];
  const std::size_t second = from.size() - sizeof(Half);
  std::memcpy(&halves[0], from.data(), sizeof(Half));
  std::memcpy(&halves[1], from.data() + second, sizeof(Half));
  Block block = {' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' '};
  std::memcpy(&block, halves, sizeof halves);
  std::memcpy(to, &halves[0], sizeof(Half));
  std::memcpy(to + second, &halves[1], sizeof(Half));
  return all_plain(block);
}

// Copies sixteen bytes when they are all plain.
[[gnu::always_inline]] inline bool copy_block(char* to, const char* from) {
  Block block;
  std::memcpy(&block, from, sizeof block);
  if (!all_plain(block)) return false;
  std::memcpy(to, &block, sizeof block);
  return true;
}

// Copies the plain bytes at the front and returns how many there are. There is room for all of the text. Of what is
// left behind whole blocks the last sixteen bytes are taken: some of them once more.
[[gnu::always_inline]] inline std::size_t copy_plain(char* to, std::string_view from) {
  const std::size_t size = from.size();
  std::size_t done = 0;
  if (size >= sizeof(Block)) {
    const std::size_t last = size - sizeof(Block);
    while (done < last && copy_block(to + done, from.data() + done)) done += sizeof(Block);
    if (done >= last && copy_block(to + last, from.data() + last)) return size;
  } else if (size >= 8) {
    if (copy_halves<std::uint64_t>(to, from)) return size;
  } else if (size >= 4) {
    if (copy_halves<std::uint32_t>(to, from)) return size;
  }
  for (; done < size && is_plain(from[done]); ++done) to[done] = from[done];
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
  at = std::copy_n("u00", 3, at);
  *at++ = kHex[byte >> 4];
  *at++ = kHex[byte & 15];
  return at;
}

}  // namespace

void JsonWriter::grow(std::size_t bytes) {
  const std::size_t used = size();
  at_ = out_.grow(used, bytes) + used;
  end_ = out_.begin() + out_.capacity();
}

// What is rare is left to others and comes last, so that nothing has to be kept meanwhile: most strings are short.
bool JsonWriter::append_string(std::string_view text) {
  if (static_cast<std::size_t>(end_ - at_) < text.size() + 3) [[unlikely]]
    return append_with_more_room(text);
  char* const begin = separate(text.size() + 2);
  *begin = '"';
  const std::size_t plain = copy_plain(begin + 1, text);
  char* const at = begin + 1 + plain;
  if (plain < text.size()) [[unlikely]]
    return append_rest(at, text.substr(plain));
  *at = '"';
  put_until(at + 1, true);
  return true;
}

bool JsonWriter::append_with_more_room(std::string_view text) {
  grow(text.size() + 3);
  return append_string(text);
}

// From the first character on that is not plain, until the end of the string.
bool JsonWriter::append_rest(char* at, std::string_view text) {
  at_ = at;
  const bool utf8 = append_characters(text);
  at = room(1);
  *at = '"';
  put_until(at + 1, true);
  return utf8;
}

// The first one is not plain.
bool JsonWriter::append_characters(std::string_view text) {
  bool utf8 = true;
  while (!text.empty()) {
    char* at = room(text.size() + kLongestEscape);
    const Character character = first_character(text);
    if (!character.valid) {
      at = put(at, kReplacement);
    } else if (character.size == 1) {
      at = put_escaped(at, text[0]);
    } else {
      at = put(at, text.substr(0, character.size));
    }
    utf8 &= character.valid;
    text.remove_prefix(character.size);
    const std::size_t plain = copy_plain(at, text);
    at_ = at + plain;
    text.remove_prefix(plain);
  }
  return utf8;
}

JsonWriter& JsonWriter::any_base64_member(std::string_view name, std::string_view bytes) {
  append_string(name);
  --at_;  // the quotation mark
  return put_until(put(room(kBase64Suffix.size()), kBase64Suffix), false).base64(bytes);
}

JsonWriter& JsonWriter::base64_member(std::string_view name, std::string_view bytes) {
  char* const at = separate(name.size() + kBase64Suffix.size() + 1);
  *at = '"';
  return put_until(put(put(at + 1, name), kBase64Suffix), false).base64(bytes);
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
