// SPDX-License-Identifier: Apache-2.0
//
// A star takes as little as it can; when what follows it fails, the last star takes one byte more. Earlier stars need
// never be looked at again, so the time is at most the product of both lengths.
#include "rules/match/glob.h"

#include <cstddef>
#include <iterator>

namespace picket {
namespace {

bool is_upper(char byte) { return folded(byte) != byte; }
bool is_lower(char byte) { return byte >= 'a' && byte <= 'z'; }
bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }
bool is_alpha(char byte) { return is_upper(byte) || is_lower(byte); }
bool is_alnum(char byte) { return is_alpha(byte) || is_digit(byte); }
bool is_blank(char byte) { return byte == ' ' || byte == '\t'; }
bool is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }
bool is_control(char byte) { return (byte >= 0 && byte < ' ') || byte == '\x7f'; }
bool is_print(char byte) { return byte >= ' ' && byte < '\x7f'; }
bool is_graph(char byte) { return byte > ' ' && byte < '\x7f'; }
bool is_punctuation(char byte) { return is_graph(byte) && !is_alnum(byte); }
bool is_hex(char byte) { return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F'); }

struct Class {
  std::string_view name;
  bool (*has)(char byte);
};

constexpr Class kClasses[] = {
    {"alnum", is_alnum},       {"alpha", is_alpha}, {"blank", is_blank}, {"cntrl", is_control},
    {"digit", is_digit},       {"graph", is_graph}, {"lower", is_lower}, {"print", is_print},
    {"punct", is_punctuation}, {"space", is_space}, {"upper", is_upper}, {"xdigit", is_hex},
};

const Class* find_class(std::string_view name) {
  for (const Class& row : kClasses) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

char in_case(char byte, Case fold) { return fold == Case::Folded ? folded(byte) : byte; }

// The brackets at the front of a pattern.
struct Brackets {
  std::size_t size = 0;  // in the pattern; 0: they are not closed, and no brackets
  bool has = false;      // the byte is among them
};

Brackets read_brackets(std::string_view pattern, char byte, Case fold) {
  const char wanted = in_case(byte, fold);
  std::size_t at = 1;
  const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (negated) ++at;
  bool has = false;
  for (bool first = true; at < pattern.size(); first = false) {
    if (pattern[at] == ']' && !first) return {at + 1, has != negated};
    if (pattern.substr(at, 2) == "[:") {
      const std::size_t end = pattern.find(":]", at + 2);
      const Class* row = end == pattern.npos ? nullptr : find_class(pattern.substr(at + 2, end - at - 2));
      if (row != nullptr) {
        // Folded, a letter is in the classes of both its cases.
        const bool other = fold == Case::Folded && is_alpha(byte) && row->has(static_cast<char>(byte ^ 0x20));
        has = has || row->has(byte) || other;
        at = end + 2;
        continue;
      }
    }
    if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
    const char low = in_case(pattern[at++], fold);
    char high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      ++at;
      if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
      high = in_case(pattern[at++], fold);
    }
    const auto number = [](char one) { return static_cast<unsigned char>(one); };
    has = has || (number(low) <= number(wanted) && number(wanted) <= number(high));
  }
  return {};
}

// Whether the front of the pattern, which is no star, takes the byte: how much of the pattern that is, 0 when not.
std::size_t takes(std::string_view pattern, char byte, Case fold) {
  if (pattern[0] == '?') return 1;
  if (pattern[0] == '[') {
    const Brackets brackets = read_brackets(pattern, byte, fold);
    if (brackets.size > 0) return brackets.has ? brackets.size : 0;
  }
  const std::size_t literal = pattern[0] == '\\' && pattern.size() > 1 ? 1 : 0;
  return in_case(pattern[literal], fold) == in_case(byte, fold) ? literal + 1 : 0;
}

bool ends_in_lone_backslash(std::string_view pattern) { return pattern == "\\"; }

// Takes the next part of a path; empty at its end.
std::string_view take_part(std::string_view& path) {
  const std::size_t begin = path.find_first_not_of('/');
  path.remove_prefix(begin == path.npos ? path.size() : begin);
  const std::string_view part = path.substr(0, path.find('/'));
  path.remove_prefix(part.size());
  return part;
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text, Case fold) {
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t at = 0, in_text = 0;  // what is looked at
  std::size_t behind_star = kNone,
              star_end = 0;  // the pattern behind the last star, and up to where that took the text
  while (in_text < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      behind_star = ++at;
      star_end = in_text;
      continue;
    }
    const bool more = at < pattern.size() && !ends_in_lone_backslash(pattern.substr(at));
    const std::size_t taken = more ? takes(pattern.substr(at), text[in_text], fold) : 0;
    if (taken > 0) {
      at += taken;
      ++in_text;
    } else if (behind_star != kNone) {
      at = behind_star;
      in_text = ++star_end;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

bool path_matches(std::string_view pattern, std::string_view path) {
  if (pattern.starts_with('/') != path.starts_with('/')) return false;
  for (;;) {
    const std::string_view wanted = take_part(pattern);
    if (wanted.empty()) return true;
    const std::string_view part = take_part(path);
    if (part.empty() || !glob_matches(wanted, part, Case::Exact)) return false;
  }
}

}  // namespace picket
