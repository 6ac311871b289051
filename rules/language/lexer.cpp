// SPDX-License-Identifier: Apache-2.0
//
// Character classes, runs, quotes and escapes, as Falco has them.
#include "rules/language/lexer.h"

#include <algorithm>
#include <iterator>

namespace picket::language {
namespace {

bool is_letter(char byte) { return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'); }
bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }
bool is_word(char byte) { return is_letter(byte) || is_digit(byte) || byte == '_'; }
bool is_visible(char byte) { return static_cast<unsigned char>(byte) > ' ' && byte != '\x7f'; }  // UTF-8 too
bool is_any_of(char byte, std::string_view set) { return set.find(byte) != std::string_view::npos; }

// The value of a hexadecimal digit, or -1.
int hex_digit(char byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const char lower = byte >= 'A' && byte <= 'F' ? static_cast<char>(byte - 'A' + 'a') : byte;
  const std::size_t place = kDigits.find(lower);
  return place == std::string_view::npos ? -1 : static_cast<int>(place);
}

}  // namespace

bool is_blank(char byte) { return is_any_of(byte, " \t\b\r\n"); }
bool is_bare(char byte) { return is_visible(byte) && !is_any_of(byte, "()\"'=,"); }
bool is_argument(char byte) { return is_visible(byte) && !is_any_of(byte, "][\"'"); }

bool is_number(std::string_view text) {
  const auto take_digits = [&text](bool hex) {
    std::size_t count = 0;
    while (count < text.size() && (hex ? hex_digit(text[count]) >= 0 : is_digit(text[count]))) ++count;
    text.remove_prefix(count);
    return count > 0;
  };
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    return take_digits(true) && text.empty();
  }
  if (!text.empty() && is_any_of(text[0], "+-")) text.remove_prefix(1);
  if (!take_digits(false)) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    take_digits(false);
  }
  if (text.empty()) return true;
  const bool exponent = text.size() > 2 && is_any_of(text[0], "eE") && is_any_of(text[1], "+-");
  text.remove_prefix(exponent ? 2 : 0);
  return exponent && take_digits(false) && text.empty();
}

Lexer::Lexer(std::string_view text) : text_(text) { advance(0); }

std::string_view Lexer::advance(std::size_t length) {
  const std::string_view taken = text_.substr(start_, length);
  end_ = start_ + length;
  start_ = end_;
  while (start_ < text_.size() && is_blank(text_[start_])) ++start_;
  return taken;
}

template <class Predicate>
std::string_view Lexer::take_run(Predicate belongs) {
  const auto begin = text_.begin() + static_cast<std::ptrdiff_t>(start_);
  const auto length = std::find_if_not(begin, text_.end(), belongs) - begin;
  return length == 0 ? std::string_view() : advance(static_cast<std::size_t>(length));
}

Span Lexer::upcoming() const {
  if (done()) return {text_.size(), 0};
  const bool word = is_word(peek());
  std::size_t end = start_ + 1;
  if (!is_any_of(peek(), "()\"',")) {
    const auto belongs = [word](char byte) {
      return (is_bare(byte) || byte == '=') && (is_word(byte) || byte == '.') == word;
    };
    while (end < text_.size() && belongs(text_[end])) ++end;
  }
  return {start_, end - start_};
}

bool Lexer::take(std::string_view symbol) {
  if (text_.substr(start_, symbol.size()) != symbol) return false;
  advance(symbol.size());
  return true;
}

bool Lexer::at_keyword(std::string_view word) const {
  if (text_.substr(start_, word.size()) != word) return false;
  const std::size_t next = start_ + word.size();
  return next == text_.size() || is_blank(text_[next]) || text_[next] == '(';
}

bool Lexer::take_keyword(std::string_view word) {
  if (!at_keyword(word)) return false;
  advance(word.size());
  return true;
}

std::string_view Lexer::take_name() {
  std::size_t end = start_;
  std::size_t next = start_;  // where another part may begin
  while (next < text_.size() && is_letter(text_[next])) {
    end = next;
    while (end < text_.size() && is_word(text_[end])) ++end;
    if (end == text_.size() || text_[end] != '.') break;
    next = end + 1;
  }
  return end == start_ ? std::string_view() : advance(end - start_);
}

std::string_view Lexer::take_word() { return take_run(is_word); }
std::string_view Lexer::take_bare() { return take_run(is_bare); }
std::string_view Lexer::take_argument() { return take_run(is_argument); }

// The string ends at the first such quote that has no backslash before it, whatever stands before the backslash.
std::optional<SyntaxError> Lexer::take_quoted(std::string& out) {
  const char quote = peek();
  const std::size_t begin = start_ + 1;
  std::size_t end = text_.find(quote, begin);
  while (end != std::string_view::npos && end > begin && text_[end - 1] == '\\') end = text_.find(quote, end + 1);
  if (end == std::string_view::npos) return SyntaxError{{start_, 1}, "this quote is not closed", {}};
  if (auto error = resolve(begin, end, quote, out)) return error;
  advance(end + 1 - start_);
  return std::nullopt;
}

std::optional<SyntaxError> Lexer::resolve(std::size_t begin, std::size_t end, char quote, std::string& out) const {
  constexpr std::string_view kNul = "a NUL byte cannot be matched";
  for (std::size_t at = begin; at < end; ++at) {
    if (text_[at] == '\0') return SyntaxError{{at, 1}, std::string(kNul), {}};
    if (text_[at] != '\\') {
      out += text_[at];
      continue;
    }
    const std::size_t escape = at++;
    const char letter = at < end ? text_[at] : '\0';
    const auto* known = std::find_if(std::begin(kEscapes), std::end(kEscapes),
                                     [letter](const Escape& row) { return row.letter == letter; });
    if (known != std::end(kEscapes)) {
      out += known->byte;
    } else if (letter == quote) {
      out += quote;
    } else if (letter == ' ') {
      out += '\\';
    } else if (letter == 'x' && end - at > 2 && hex_digit(text_[at + 1]) >= 0 && hex_digit(text_[at + 2]) >= 0) {
      const int byte = hex_digit(text_[at + 1]) * 16 + hex_digit(text_[at + 2]);
      if (byte == 0) return SyntaxError{{escape, 4}, std::string(kNul), {}};
      out += static_cast<char>(byte);
      at += 2;
    } else {
      return SyntaxError{{escape, std::min<std::size_t>(2, end - escape)},
                         "unknown escape in a quoted string",
                         "write a backslash as \\\\; others are \\b \\f \\n \\r \\t \\/ \\xHH and the quote"};
    }
  }
  return std::nullopt;
}

}  // namespace picket::language
