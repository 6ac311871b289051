// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/json.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace picket {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

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

// The number of plain bytes at the front.
std::size_t plain_run(std::string_view text) {
  std::size_t size = 0;
  for (std::uint64_t word; size + sizeof word <= text.size(); size += sizeof word) {
    std::memcpy(&word, text.data() + size, sizeof word);
    if (!all_plain(word)) break;
  }
  while (size < text.size() && is_plain(text[size])) ++size;
  return size;
}

// For an ASCII byte that is not plain.
void append_escaped(std::string& out, char c) {
  struct Short {
    char byte, letter;
  };
  static constexpr Short kShort[] = {{'"', '"'},  {'\\', '\\'}, {'\n', 'n'}, {'\t', 't'},
                                     {'\r', 'r'}, {'\b', 'b'},  {'\f', 'f'}};
  out += '\\';
  for (const Short& row : kShort) {
    if (row.byte != c) continue;
    out += row.letter;
    return;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "u00";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

}  // namespace

bool JsonWriter::append_string(std::string_view text) {
  bool utf8 = true;
  out_ += '"';
  while (!text.empty()) {
    const std::size_t plain = plain_run(text);
    out_ += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const Character character = first_character(text);
    if (!character.valid) {
      out_ += kReplacement;
    } else if (character.size == 1) {
      append_escaped(out_, text[0]);
    } else {
      out_ += text.substr(0, character.size);
    }
    utf8 &= character.valid;
    text.remove_prefix(character.size);
  }
  out_ += '"';
  return utf8;
}

JsonWriter& JsonWriter::member(std::string_view name, std::string_view text) {
  this->name(name);
  return append_string(text) ? *this : base64_member(name, text);
}

JsonWriter& JsonWriter::base64_member(std::string_view name, std::string_view bytes) {
  separate();
  out_ += '"';
  out_ += name;
  out_ += "_base64\":";
  return base64(bytes);
}

JsonWriter& JsonWriter::base64(std::string_view bytes) {
  return composed([bytes](std::string& out) {
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
      const std::size_t given = std::min<std::size_t>(3, bytes.size() - i);
      std::uint32_t group = 0;
      for (std::size_t j = 0; j < 3; ++j) {
        group = group << 8 | (j < given ? static_cast<unsigned char>(bytes[i + j]) : 0u);
      }
      for (std::size_t j = 0; j < 4; ++j) out += j <= given ? kBase64[group >> (18 - 6 * j) & 63] : '=';
    }
  });
}

}  // namespace picket
