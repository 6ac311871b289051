// SPDX-License-Identifier: Apache-2.0
//
//   alternatives  sequence ('|' sequence)*
//   sequence      (atom quantifier?)*
//   atom          . ^ $ \A \z \Z  (...) (?:...) (?i) (?i:...)  [...]  \escape  character
//   quantifier    * + ? {n} {n,} {n,m}, lazy as well: what is taken first does not change what is matched
#include <algorithm>
#include <iterator>
#include <optional>

#include "rules/event/text.h"
#include "rules/sigma/regex_tree.h"

namespace picket::sigma {
namespace {

using Kind = RegexNode::Kind;

constexpr int kMostNesting = 50;

struct Class {
  char letter;
  std::string_view inside;
};
constexpr Class kClasses[] = {
#define CLASS(letter, inside) {letter, inside},
#include "rules/sigma/regex_classes.def"
#undef CLASS
};

// What escapes of one letter stand for, as it is written in POSIX syntax.
constexpr std::string_view kControls = "tnrfva";
constexpr std::string_view kSpecial = "\\^$.[]|()?*+{}-";

bool is_letter(char byte) { return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'); }
bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }
bool is_hex(char byte) { return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F'); }
char other_case(char letter) { return static_cast<char>(letter ^ 0x20); }

const Class* find_class(char letter) {
  const auto* row = std::find_if(std::begin(kClasses), std::end(kClasses),
                                 [letter](const Class& one) { return one.letter == letter; });
  return row == std::end(kClasses) ? nullptr : row;
}

std::string escaped(std::string_view character) {
  const bool special = character.size() == 1 && kSpecial.find(character.front()) != kSpecial.npos;
  return special ? "\\" + std::string(character) : std::string(character);
}

class Reader {
 public:
  Reader(std::string_view text, RegexOptions options) : text_(text), options_(options) {}

  Result<RegexNode> run() {
    RegexNode node = alternatives();
    if (why_.empty() && at_ < text_.size()) fail("a ')' without its '('");
    if (!why_.empty()) return Error{why_, ""};
    if (node.children.size() == 1) return std::move(node.children.front());
    return node;
  }

 private:
  bool done() const { return at_ == text_.size(); }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool take(std::string_view text) {
    if (!text_.substr(at_).starts_with(text)) return false;
    at_ += text.size();
    return true;
  }
  RegexNode fail(std::string why) {
    if (why_.empty()) why_ = std::move(why);
    at_ = text_.size();
    return {};
  }

  RegexNode alternatives();
  RegexNode sequence();
  RegexNode atom();
  RegexNode group();
  bool group_flags();
  RegexNode escape();
  RegexNode brackets();
  std::string code_escape();
  std::string class_character(std::optional<char>& ascii);
  bool class_member(std::string& out);
  std::string quantifier();
  std::string_view character();

  std::string_view text_;
  RegexOptions options_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::string why_;
};

RegexNode Reader::alternatives() {
  if (++depth_ > kMostNesting) return fail("it is nested too deeply");
  const RegexOptions outside = options_;  // (?i) holds to the end of the group, over alternatives
  RegexNode node{Kind::Alternatives, {}, {}};
  do {
    node.children.push_back(sequence());
  } while (take("|"));
  options_ = outside;
  --depth_;
  return node;
}

RegexNode Reader::sequence() {
  RegexNode node{Kind::Sequence, {}, {}};
  while (!done() && peek() != '|' && peek() != ')') {
    const std::size_t begin = at_;
    RegexNode part = atom();
    if (at_ == begin) return fail("it cannot be read");
    const bool nothing = part.kind == Kind::Sequence && part.children.empty();
    const std::string times = quantifier();
    if (!times.empty()) {
      if (nothing || part.kind == Kind::Begin || part.kind == Kind::End)
        return fail("a quantifier without anything before it");
      RegexNode repeat{Kind::Repeat, times, {}};
      repeat.children.push_back(std::move(part));
      part = std::move(repeat);
    }
    if (!nothing) node.children.push_back(std::move(part));
  }
  return node;
}

RegexNode Reader::atom() {
  if (take("(")) return group();
  if (take("[")) return brackets();
  if (take("\\")) return escape();
  if (take("^")) return options_.by_line ? RegexNode{Kind::One, "^", {}} : RegexNode{Kind::Begin, {}, {}};
  if (take("$")) return options_.by_line ? RegexNode{Kind::One, "$", {}} : RegexNode{Kind::End, {}, {}};
  if (take(".")) return {Kind::One, options_.dot_takes_newline ? "(.|\\n)" : ".", {}};
  if (peek() == '*' || peek() == '+' || peek() == '?') return fail("a quantifier without anything before it");
  const std::string_view one = character();
  if (one.empty()) return fail("it is not UTF-8");
  if (options_.any_case && !folds_as_ascii(one)) return fail("letters beyond ASCII without regard to case");
  return {Kind::One, regex_character(one, options_.any_case), {}};
}

std::string_view Reader::character() {
  const std::string_view one = text_.substr(at_, first_character(text_.substr(at_)).size);
  at_ += one.size();
  return one;
}

RegexNode Reader::group() {
  const RegexOptions outside = options_;
  if (take("?")) {
    if (!group_flags())
      return fail("'(?" + std::string(1, peek()) + "' has no counterpart (look-around, names, atomic groups)");
    if (take(")")) return {};  // (?i): for the rest of the group around
    if (!take(":")) return fail("a group that is not closed");
  } else if (peek() == '*') {
    return fail("'(*' has no counterpart");
  }
  RegexNode node = alternatives();
  options_ = outside;
  if (why_.empty() && !take(")")) return fail("a '(' without its ')'");
  return node;
}

// The letters between (? and : or ). False for other things.
bool Reader::group_flags() {
  bool on = true;
  for (; !done() && peek() != ':' && peek() != ')'; ++at_) {
    if (peek() == '-' && on) {
      on = false;
    } else if (peek() == 'i') {
      options_.any_case = on;
    } else if (peek() == 'm') {
      options_.by_line = on;
    } else if (peek() == 's') {
      options_.dot_takes_newline = on;
    } else {
      return false;
    }
  }
  return true;
}

// Behind \x: HH or {H...}. Empty, and failed, when it is none.
std::string Reader::code_escape() {
  const bool braces = take("{");
  const std::size_t begin = at_;
  while (is_hex(peek()) && at_ - begin < (braces ? 6u : 2u)) ++at_;
  const std::string digits(text_.substr(begin, at_ - begin));
  const bool closed = !braces || take("}");
  const std::uint32_t code = digits.empty() ? 0 : static_cast<std::uint32_t>(std::stoul(digits, nullptr, 16));
  if (digits.empty() || !closed || code > 0x10ffff) return fail("'\\x' without a number"), std::string();
  if (options_.any_case && (code > 0x7f || is_letter(static_cast<char>(code)))) {
    return fail("a letter as a number without regard to case"), std::string();
  }
  return "\\x{" + digits + "}";
}

RegexNode Reader::escape() {
  const char letter = peek();
  if (letter == 'A' || letter == 'z' || letter == 'Z') {
    ++at_;
    if (letter == 'z') return fail("'\\z' has no counterpart");
    return {letter == 'A' ? Kind::Begin : Kind::End, {}, {}};
  }
  if (const Class* row = find_class(letter)) {
    ++at_;
    return {Kind::One, "[" + std::string(row->inside) + "]", {}};
  }
  if (take("x")) return {Kind::One, code_escape(), {}};
  if (kControls.find(letter) != kControls.npos && !done()) {
    ++at_;
    return {Kind::One, std::string("\\") + letter, {}};
  }
  if (is_letter(letter) || is_digit(letter)) return fail("'\\" + std::string(1, letter) + "' has no counterpart");
  const std::string_view one = character();
  if (one.empty()) return fail(done() ? "a backslash at its end" : "it is not UTF-8");
  return {Kind::One, escaped(one), {}};
}

// One end of a range, in POSIX syntax; `ascii` is the character when it is a plain one of ASCII.
std::string Reader::class_character(std::optional<char>& ascii) {
  if (!take("\\")) {
    const std::string_view one = character();
    if (one.empty()) return fail("it is not UTF-8"), std::string();
    if (one.size() == 1) ascii = one.front();
    if (options_.any_case && !folds_as_ascii(one)) fail("letters beyond ASCII without regard to case");
    return escaped(one);
  }
  if (take("x")) return code_escape();
  const char letter = peek();
  if (letter == 'b' && take("b")) return "\\x08";
  if (kControls.find(letter) != kControls.npos && !done()) {
    ++at_;
    return std::string("\\") + letter;
  }
  if (is_letter(letter) || is_digit(letter))
    return fail("'\\" + std::string(1, letter) + "' has no counterpart"), std::string();
  const std::string_view one = character();
  if (one.empty()) return fail("brackets that are not closed"), std::string();
  if (one.size() == 1) ascii = one.front();
  return escaped(one);
}

// The letters of a range in the other case.
std::string folded_range(char low, char high) {
  std::string out;
  for (const auto& [first, last] : {std::pair{'a', 'z'}, std::pair{'A', 'Z'}}) {
    const char from = std::max(low, first), to = std::min(high, last);
    if (from <= to) out += {other_case(from), '-', other_case(to)};
  }
  return out;
}

// A character, a range or a class. False at the end of the brackets.
bool Reader::class_member(std::string& out) {
  if (take("[:")) {
    const std::size_t end = std::min(text_.find(":]", at_), text_.size());
    std::string name(text_.substr(at_, end - at_));
    at_ = std::min(end + 2, text_.size());
    if (options_.any_case && (name == "upper" || name == "lower")) name = "alpha";
    out += "[:" + name + ":]";
    return true;
  }
  const Class* row = peek() == '\\' ? find_class(peek(1)) : nullptr;
  if (row != nullptr) {
    at_ += 2;
    out += row->inside;
    return true;
  }
  std::optional<char> low, high;
  std::string range = class_character(low);
  high = low;
  const bool is_range = peek() == '-' && at_ + 1 < text_.size() && peek(1) != ']';
  if (is_range && peek(1) == '\\' && find_class(peek(2)) != nullptr) return fail("a range that ends in a class"), false;
  if (is_range) {
    ++at_;
    high.reset();
    range += "-" + class_character(high);
    if (options_.any_case && (!low || !high)) return fail("a range of such characters without regard to case"), false;
  }
  out += range;
  if (options_.any_case && low && high) out += folded_range(*low, *high);
  return true;
}

RegexNode Reader::brackets() {
  std::string inside = take("^") ? "[^" : "[";
  for (bool first = true; why_.empty(); first = false) {
    if (done()) return fail("brackets that are not closed");
    if (!first && take("]")) return {Kind::One, inside + "]", {}};
    if (!class_member(inside)) return {};
  }
  return {};
}

// As POSIX writes it, without the mark of laziness; empty when there is none.
std::string Reader::quantifier() {
  std::string times;
  if (peek() == '*' || peek() == '+' || peek() == '?') {
    times = text_[at_++];
  } else if (peek() == '{' && is_digit(peek(1))) {
    const std::size_t end = text_.find('}', at_);
    const std::string_view inside = text_.substr(at_ + 1, end == text_.npos ? 0 : end - at_ - 1);
    const bool counts =
        std::all_of(inside.begin(), inside.end(), [](char one) { return is_digit(one) || one == ','; }) &&
        std::count(inside.begin(), inside.end(), ',') <= 1;
    if (!counts || inside.empty()) return {};
    times = "{" + std::string(inside) + "}";
    at_ = end + 1;
  }
  if (times.empty()) return times;
  if (take("?")) return times;  // lazy
  const bool another = peek() == '+' || peek() == '*' || (peek() == '{' && is_digit(peek(1)));
  if (another) fail("a quantifier behind a quantifier");
  return times;
}

}  // namespace

std::string regex_character(std::string_view character, bool any_case) {
  const char byte = character.front();
  if (any_case && character.size() == 1 && is_letter(byte)) return {'[', byte, other_case(byte), ']'};
  if (byte == '\n') return "\\n";
  return escaped(character);
}

Result<RegexNode> read_regex(std::string_view pcre, RegexOptions options) { return Reader(pcre, options).run(); }

}  // namespace picket::sigma
