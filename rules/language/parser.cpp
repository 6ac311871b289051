// SPDX-License-Identifier: Apache-2.0
//
// The parser: recursive descent, one function for each rule of the grammar. Blanks may stand between any two pieces
// unless a rule says "glued".
//
//   Condition = Or end
//   Or        = And { "or" And }
//   And       = Not { "and" Not }                            binds tighter than `or`
//   Not       = "not" Not | Primary
//   Primary   = "(" Or ")" | Check | Macro
//   Check     = ( Field | Call ) Test
//   Field     = Name "." Name { "." Name } [ Bracket ]       glued
//   Call      = Function "(" Term { "," Term } ")" [ Bracket ]              glued up to "(" and before "["
//   Bracket   = "[" Argument "]"
//   Term      = Field | Call | Number | quoted | "(" Term { "," Term } ")"
//   Macro     = Name                                         none of `and`, `or`, `not`
//   Test      = "exists"
//             | ( "<" | "<=" | ">" | ">=" ) ( Number | Call )
//             | TextOp ( String | Call )
//             | TextOp ( "oneof" | "anyof" | "allof" ) ( List | Name )      blanks around the modifier
//             | ( "in" | "intersects" | "pmatch" ) ( List | Name | Call )
//   TextOp    = "=" | "==" | "!=" | "glob" | "iglob" | "contains" | "icontains" | "bcontains"
//             | "startswith" | "bstartswith" | "endswith" | "regex"
//   List      = "(" [ String { "," String } ] ")"
//   String    = quoted | bare
//   Function  = "tolower" | "toupper" | "b64" | "basename" | "len" | "join" | "concat" | "getopt" | "val"
//   Number    = [ "+" | "-" ] digits [ "." digits ] [ "e" ( "+" | "-" ) digits ] | "0x" hexadecimal digits
//   Argument  = quoted | run without brackets, quotes and blanks            not empty
//   Name      = letter { letter | digit | "_" }
//   quoted    = text in ' or ", with the escapes of lexer.h
//   bare      = run without ( ) " ' = , and blanks
//
// A name instead of a list is a list of that one text. A blank or an opening parenthesis ends `and`, `or` and `not`;
// only a blank ends the operators made of letters that take one text. `oneof` and so on with `and`, `or`, `not`, ")" or
// nothing behind it is a bare text. The operators, modifiers and functions are the rows of operators.h.
#include "rules/language/parser.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "rules/event/diagnostic.h"
#include "rules/event/text.h"
#include "rules/language/parsing.h"

namespace picket::language {
namespace {

// What people write out of habit.
struct Slip {
  std::string_view written;
  std::string_view meant;
};
constexpr Slip kSlips[] = {{"&&", "and"}, {"||", "or"}, {"!", "not"}, {"AND", "and"}, {"OR", "or"}, {"NOT", "not"}};

bool is_symbol(std::string_view op) { return op[0] < 'a' || op[0] > 'z'; }

std::string operator_list() {
  std::string list = "operators: ";
  for (const OperatorRow& known : kOperators) {
    if (&known != std::begin(kOperators)) list += ", ";
    list += known.spelling;
  }
  return list;
}

std::string function_list() {
  std::string list = "functions: ";
  for (const FunctionRow& known : kFunctions) {
    if (&known != std::begin(kFunctions)) list += ", ";
    list += known.name;
  }
  return list;
}

}  // namespace

// "expected a value, found ')'"
NodePtr Parser::fail_upcoming(std::string_view expected, std::string hint) {
  const Span span = lexer_.upcoming();
  const std::string_view found = lexer_.text(span);
  for (const Slip& slip : kSlips) {
    if (slip.written == found) hint = "did you mean " + quote(slip.meant) + "?";
  }
  const std::string end = found.empty() ? "the condition ends here" : "found " + quote(found);
  return fail(span, "expected " + std::string(expected) + ", " + end, std::move(hint));
}

NodePtr Parser::condition() {
  if (lexer_.done()) return fail({0, 0}, "the condition is empty");
  NodePtr node = disjunction();
  if (!node || lexer_.done()) return node;
  if (lexer_.peek() == ')') return fail(lexer_.upcoming(), "this ')' closes nothing");
  return fail_upcoming("'and' or 'or'");
}

NodePtr Parser::sequence(Node::Kind kind, std::string_view keyword, NodePtr (Parser::*part)()) {
  const std::size_t begin = lexer_.start();
  NodePtr first = (this->*part)();
  if (!first || !lexer_.at_keyword(keyword)) return first;
  auto node = std::make_unique<Node>();
  node->kind = kind;
  node->children.push_back(std::move(first));
  while (lexer_.take_keyword(keyword)) {
    NodePtr next = (this->*part)();
    if (!next) return nullptr;
    node->children.push_back(std::move(next));
  }
  node->span = lexer_.since(begin);
  return node;
}

NodePtr Parser::negation() {
  const Span keyword{lexer_.start(), 3};
  if (!lexer_.take_keyword("not")) return primary();
  if (++depth_ > kMaxNesting) return fail(keyword, "the condition is nested more than 1,000 deep");
  auto node = std::make_unique<Node>();
  node->kind = Node::Kind::Not;
  NodePtr child = negation();
  if (!child) return nullptr;
  node->children.push_back(std::move(child));
  node->span = lexer_.since(keyword.offset);
  --depth_;
  return node;
}

NodePtr Parser::primary() {
  if (lexer_.peek() == '(') return group();
  const std::string_view next = lexer_.text(lexer_.upcoming());
  const bool reserved = next == "and" || next == "or" || next == "not";
  auto node = std::make_unique<Node>();
  const std::size_t begin = lexer_.start();
  if (at_call()) return call(node->left) ? check(std::move(node)) : nullptr;
  const std::string name(reserved ? std::string_view() : lexer_.take_name());
  if (name.empty()) return fail_upcoming("a field, a macro, 'not' or '('");
  if (lexer_.glued() && lexer_.peek() == '.') {
    return fail({begin, name.size() + 1}, "the name of a field ends in a dot");
  }
  node->span = lexer_.since(begin);
  if (name.find('.') != std::string::npos) {
    node->left.name = name;
    node->left.span = node->span;
    return bracket(node->left) ? check(std::move(node)) : nullptr;
  }
  if (lexer_.glued() && lexer_.peek() == '(') {
    std::vector<std::string_view> functions;
    for (const FunctionRow& known : kFunctions) functions.push_back(known.name);
    const std::string_view near = nearest(name, functions);
    return fail(node->span, quote(name) + " is not a function",
                near.empty() ? function_list() : "did you mean " + quote(near) + "?");
  }
  node->kind = Node::Kind::Macro;
  node->macro = name;
  const bool operated =
      symbol_operation() || std::any_of(std::begin(kOperators), std::end(kOperators),
                                        [this](const OperatorRow& known) { return lexer_.at_keyword(known.spelling); });
  if (!operated) return node;
  return fail(node->span, quote(name) + " is not a field", "the name of a field has a dot: proc.name");
}

NodePtr Parser::group() {
  const Span open = lexer_.upcoming();
  lexer_.take("(");
  if (++depth_ > kMaxNesting) return fail(open, "the condition is nested more than 1,000 deep");
  NodePtr node = disjunction();
  if (!node) return nullptr;
  if (lexer_.done()) return fail(open, "this '(' is not closed");
  if (!lexer_.take(")")) return fail_upcoming("'and', 'or' or ')'");
  --depth_;
  return node;
}

NodePtr Parser::check(NodePtr node) {
  const std::size_t begin = node->left.span.offset;
  node->kind = Node::Kind::Check;
  const std::size_t op_begin = lexer_.start();
  const auto op = operation(*node);
  if (!op) return nullptr;
  node->op = *op;
  node->op_span = lexer_.since(op_begin);
  if (!operands(*node)) return nullptr;
  node->span = lexer_.since(begin);
  return node;
}

// Operators made of other characters than letters need no blank after them.
std::optional<Operator> Parser::symbol_operation() {
  if (lexer_.take("==")) return Operator::Equal;  // Falco's other spelling
  for (const OperatorRow& known : kOperators) {
    if (is_symbol(known.spelling) && lexer_.take(known.spelling)) return known.id;
  }
  return std::nullopt;
}

std::optional<Operator> Parser::operation(const Node& node) {
  if (const auto symbol = symbol_operation()) return symbol;
  const Span span = lexer_.upcoming();
  const bool keyword = lexer_.at_keyword("and") || lexer_.at_keyword("or") || lexer_.at_keyword("not");
  const std::string_view word = keyword ? std::string_view() : lexer_.take_word();
  if (word.empty()) {
    fail_upcoming("an operator after " + quote(print(node.left)), operator_list());
    return std::nullopt;
  }
  const bool spaced = !lexer_.glued() || lexer_.done();  // only texts need it, since they may begin with anything
  std::vector<std::string_view> spellings;
  for (const OperatorRow& known : kOperators) {
    if (known.spelling == word && (spaced || known.operands != Operands::One)) return known.id;
    spellings.push_back(known.spelling);
  }
  const std::string_view near = nearest(word, spellings);
  const std::string hint = near.empty() ? operator_list() : "did you mean " + quote(near) + "?";
  fail(span, quote(word) + " is not an operator", near == word ? "a blank must follow it" : hint);
  return std::nullopt;
}

// ---- the right side ----

bool Parser::operands(Node& node) {
  const Operands operands = row(node.op).operands;
  if (operands == Operands::None) return true;
  if (at_call()) return right_side(node);
  if (operands == Operands::Number) return number(node);
  if (operands == Operands::Many) return list_or_name(node);
  return modified(node) ? list_or_name(node) : !error_ && string(node);
}

bool Parser::right_side(Node& node) {
  node.right = std::make_unique<Term>();
  return call(*node.right);
}

// Takes a modifier, if one is there and not a text.
bool Parser::modified(Node& node) {
  if (lexer_.glued()) return false;
  for (const ModifierRow& known : kModifiers) {
    Lexer ahead = lexer_;
    if (ahead.take_bare() != known.spelling || ahead.glued() || ahead.done()) continue;
    const bool text =
        ahead.peek() == ')' || ahead.at_keyword("and") || ahead.at_keyword("or") || ahead.at_keyword("not");
    if (text) return false;
    lexer_ = ahead;
    node.modifier = known.id;
    return true;
  }
  return false;
}

// A name instead of a list is one text; so is what a list of one item leaves in the place of its name.
bool Parser::list_or_name(Node& node) {
  if (lexer_.take("(")) return list(node);
  if (lexer_.peek() == '"' || lexer_.peek() == '\'') return string(node);
  const std::size_t begin = lexer_.start();
  const std::string_view name = lexer_.take_bare();
  if (name.empty()) {
    fail_upcoming("'(' or the name of a list after " + quote(spelling(node.op)));
    return false;
  }
  node.literals.push_back({std::string(name), false, lexer_.since(begin), {}, {}});
  if (lexer_.peek() != ',') return true;
  fail({lexer_.start(), 1}, "several values need parentheses", "write " + quote("in (a, b)"));
  return false;
}

bool Parser::list(Node& node) {
  const Span open{lexer_.end() - 1, 1};
  if (lexer_.take(")")) return true;
  do {
    if (!string(node)) return false;
  } while (lexer_.take(","));
  if (lexer_.take(")")) return true;
  lexer_.done() ? fail(open, "this '(' is not closed") : fail_upcoming("',' or ')'");
  return false;
}

bool Parser::string(Node& node) {
  Literal literal;
  const std::size_t begin = lexer_.start();
  literal.quoted = lexer_.peek() == '"' || lexer_.peek() == '\'';
  if (literal.quoted) {
    error_ = lexer_.take_quoted(literal.text);
    if (error_) return false;
  } else {
    literal.text = lexer_.take_bare();
  }
  literal.span = lexer_.since(begin);
  if (!literal.quoted && literal.text.empty()) {
    const bool several = lexer_.peek() == '(';
    fail_upcoming("a value",
                  several ? "several values are compared with 'in (a, b)'" : "an empty text is written \"\"");
    return false;
  }
  node.literals.push_back(std::move(literal));
  return true;
}

bool Parser::number(Node& node) {
  const std::size_t begin = lexer_.start();
  const std::string_view word = lexer_.take_bare();
  if (word.empty()) {
    fail_upcoming("a number after " + quote(spelling(node.op)),
                  lexer_.peek() == '"' || lexer_.peek() == '\'' ? "numbers have no quotes" : "");
  } else if (!is_number(word)) {
    fail(lexer_.since(begin), "expected a number after " + quote(spelling(node.op)) + ", found " + quote(word));
  }
  node.literals.push_back({std::string(word), false, lexer_.since(begin), {}, {}});
  return !error_;
}

std::variant<NodePtr, SyntaxError> parse(std::string_view condition) { return Parser(condition).run(); }

std::variant<ParsedTerm, SyntaxError> parse_term(std::string_view text) { return Parser(text).run_term(); }

}  // namespace picket::language
