// SPDX-License-Identifier: Apache-2.0
//
// Lexer: reads the piece of a condition that the parser asks for.
//
// What a word is depends on where it stands (after `=` a run like /etc/*.conf is a string, before it a name would end
// at the slash), so there is no stream of tokens: the parser says what may come next. Blanks between pieces are
// skipped.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "rules/language/parser.h"

namespace picket::language {

// Escapes inside quotes: backslash and letter. Besides them: the quote in use, \xHH, and backslash with a blank, which
// is a plain backslash (old Falco rules have it).
struct Escape {
  char letter;
  char byte;
};
inline constexpr Escape kEscapes[] = {{'b', '\b'}, {'f', '\f'}, {'n', '\n'}, {'r', '\r'},
                                      {'t', '\t'}, {'/', '/'},  {'\\', '\\'}};

bool is_blank(char byte);
bool is_bare(char byte);      // may stand in a string without quotes
bool is_argument(char byte);  // may stand in brackets without quotes
bool is_number(std::string_view text);

class Lexer {
 public:
  explicit Lexer(std::string_view text);

  bool done() const { return start_ == text_.size(); }
  std::size_t start() const { return start_; }   // where the next piece begins
  std::size_t end() const { return end_; }       // where the last one ended
  bool glued() const { return start_ == end_; }  // no blank between them
  char peek() const { return done() ? '\0' : text_[start_]; }
  Span since(std::size_t begin) const { return {begin, end_ - begin}; }

  // The text that stands next, for messages: a word or a run of punctuation. Empty at the end.
  Span upcoming() const;
  std::string_view text(Span span) const { return text_.substr(span.offset, span.length); }

  bool take(std::string_view symbol);
  // A word that is followed by a blank, an opening parenthesis or the end.
  bool take_keyword(std::string_view word);
  bool at_keyword(std::string_view word) const;

  // The longest run of its kind, possibly empty.
  std::string_view take_name();      // proc.name, or a macro's name
  std::string_view take_word();      // letters, digits, underscores
  std::string_view take_bare();      // string without quotes
  std::string_view take_argument();  // bracketed text without quotes

  // A quoted string, escapes resolved. peek() must be a quote.
  std::optional<SyntaxError> take_quoted(std::string& out);

 private:
  template <class Predicate>
  std::string_view take_run(Predicate belongs);
  std::string_view advance(std::size_t length);
  std::optional<SyntaxError> resolve(std::size_t begin, std::size_t end, char quote, std::string& out) const;

  std::string_view text_;
  std::size_t start_ = 0;
  std::size_t end_ = 0;
};

}  // namespace picket::language
