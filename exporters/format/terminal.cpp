// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/terminal.h"

#include <algorithm>

#include "exporters/format/text.h"

namespace picket {
namespace {

// What could steer a terminal or fool its reader: controls (C0, DEL, C1), and what reorders or hides text.
bool is_harmful(char32_t code) {
  struct Range {
    char32_t first, last;
  };
  static constexpr Range kHarmful[] = {
      {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},   {0x180e, 0x180e},   {0x200b, 0x200f},
      {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
  };
  return std::any_of(std::begin(kHarmful), std::end(kHarmful),
                     [code](const Range& range) { return code >= range.first && code <= range.last; });
}

// \x1b, \u{00202e}
void append_escape(std::string& out, char32_t code) {
  const bool byte = code <= 0xff;
  out += byte ? "\\x" : "\\u{";
  for (int shift = byte ? 4 : 20; shift >= 0; shift -= 4) out += "0123456789abcdef"[code >> shift & 15];
  if (!byte) out += '}';
}

}  // namespace

std::size_t append_terminal_text(std::string& out, std::string_view text, std::size_t longest) {
  const std::size_t begin = out.size();
  std::size_t columns = 0;
  for (std::size_t used = 0; used < text.size(); ++columns) {
    if (used >= longest) {
      out += "...";
      return columns + 3;
    }
    const Character character = first_character(text.substr(used));
    const bool second_blank = character.code == ' ' && out.size() > begin && out.back() == ' ';
    if (!character.valid || second_blank || is_harmful(character.code)) {
      append_escape(out, character.code);
    } else {
      if (character.code == '\\' || character.code == '"') out += '\\';
      out += text.substr(used, character.size);
    }
    used += character.size;
  }
  return columns;
}

}  // namespace picket
