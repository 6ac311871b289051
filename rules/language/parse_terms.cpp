// SPDX-License-Identifier: Apache-2.0
//
// The left side of a check: a field, or a function of terms.
#include <algorithm>
#include <iterator>

#include "rules/event/text.h"
#include "rules/language/parsing.h"

namespace picket::language {
namespace {

const FunctionRow* find_function(std::string_view name) {
  const auto* found = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                   [name](const FunctionRow& known) { return known.name == name; });
  return found == std::end(kFunctions) ? nullptr : found;
}

}  // namespace

// A word right before a parenthesis is a function only if it is the name of one.
bool Parser::at_call() const {
  Lexer ahead = lexer_;
  const std::string_view word = ahead.take_word();
  return ahead.glued() && ahead.peek() == '(' && find_function(word) != nullptr;
}

bool Parser::term(Term& into) {
  const std::size_t begin = lexer_.start();
  if (at_call()) return call(into);
  if (lexer_.take("(")) {
    into.kind = Term::Kind::List;
    if (!terms(into.terms)) return false;
  } else if (lexer_.peek() == '"' || lexer_.peek() == '\'') {
    into.kind = Term::Kind::Text;
    into.quoted = true;
    error_ = lexer_.take_quoted(into.name);
    if (error_) return false;
  } else {
    Lexer ahead = lexer_;
    const std::string_view word = ahead.take_bare();
    if (!is_number(word)) return field(into);
    into.kind = Term::Kind::Text;
    into.name = word;
    lexer_ = ahead;
  }
  into.span = lexer_.since(begin);
  return true;
}

bool Parser::field(Term& into) {
  const std::size_t begin = lexer_.start();
  into.name = lexer_.take_name();
  into.span = lexer_.since(begin);
  if (into.name.empty()) {
    fail_upcoming("a field, a function, a text in quotes or a number");
  } else if (into.name.find('.') == std::string::npos) {
    fail(into.span, quote(into.name) + " is not a field", "a text in a function needs quotes");
  }
  return !error_ && bracket(into);
}

bool Parser::call(Term& into) {
  const std::size_t begin = lexer_.start();
  into.kind = Term::Kind::Call;
  into.name = lexer_.take_word();
  into.function = find_function(into.name)->id;
  into.span = lexer_.since(begin);
  lexer_.take("(");
  if (!terms(into.terms)) return false;
  into.span = lexer_.since(begin);
  return bracket(into);
}

// What stands behind an opening parenthesis, up to the closing one.
bool Parser::terms(std::vector<Term>& into) {
  const Span open{lexer_.end() - 1, 1};
  if (++depth_ > kMaxNesting) fail(open, "the condition is nested more than 1,000 deep");
  do {
    if (error_ || !term(into.emplace_back())) return false;
  } while (lexer_.take(","));
  --depth_;
  if (lexer_.take(")")) return true;
  lexer_.done() ? fail(open, "this '(' is not closed") : fail_upcoming("',' or ')'");
  return false;
}

// The brackets that may be glued to a field or call.
bool Parser::bracket(Term& into) {
  if (!lexer_.glued() || lexer_.peek() != '[') return true;
  const Span open{lexer_.start(), 1};
  lexer_.take("[");
  into.has_argument = true;
  if (lexer_.peek() == '"' || lexer_.peek() == '\'') {
    error_ = lexer_.take_quoted(into.argument);
    if (error_) return false;
  } else {
    into.argument = lexer_.take_argument();
  }
  if (into.argument.empty()) {
    fail(open, "the brackets are empty");
  } else if (!lexer_.take("]")) {
    fail(open, "this '[' is not closed");
  }
  into.span = lexer_.since(into.span.offset);
  return !error_;
}

}  // namespace picket::language
