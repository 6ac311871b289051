// SPDX-License-Identifier: Apache-2.0
//
// Parser: one condition, or one term, read from its beginning to its end. Private to rules/language: the conditions are
// in parser.cpp, with the grammar, the terms in parse_terms.cpp.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "rules/language/lexer.h"
#include "rules/language/parser.h"

namespace picket::language {

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}

  std::variant<NodePtr, SyntaxError> run() {
    NodePtr node = condition();
    if (node) return node;
    return std::move(*error_);
  }

  std::variant<ParsedTerm, SyntaxError> run_term() {
    ParsedTerm parsed;
    if (at_call() ? call(parsed.term) : field(parsed.term)) {
      parsed.length = lexer_.end();
      return parsed;
    }
    return std::move(*error_);
  }

 private:
  // Each of these returns nullptr (or nothing, or false) after it has set error_.
  NodePtr condition();
  NodePtr disjunction() { return sequence(Node::Kind::Or, "or", &Parser::conjunction); }
  NodePtr conjunction() { return sequence(Node::Kind::And, "and", &Parser::negation); }
  NodePtr sequence(Node::Kind kind, std::string_view keyword, NodePtr (Parser::*part)());
  NodePtr negation();
  NodePtr primary();
  NodePtr group();
  NodePtr check(NodePtr node);
  std::optional<Operator> operation(const Node& node);
  std::optional<Operator> symbol_operation();
  bool operands(Node& node);
  bool modified(Node& node);
  bool list_or_name(Node& node);
  bool list(Node& node);
  bool string(Node& node);
  bool number(Node& node);
  bool right_side(Node& node);

  bool at_call() const;
  bool term(Term& into);
  bool field(Term& into);
  bool call(Term& into);
  bool terms(std::vector<Term>& into);
  bool bracket(Term& into);

  NodePtr fail(Span span, std::string message, std::string hint = {}) {
    error_ = SyntaxError{span, std::move(message), std::move(hint)};
    return nullptr;
  }
  NodePtr fail_upcoming(std::string_view expected, std::string hint = {});

  Lexer lexer_;
  std::optional<SyntaxError> error_;
  std::size_t depth_ = 0;
};

}  // namespace picket::language
