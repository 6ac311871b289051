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
//   Check     = Field Test
//   Field     = Name "." Name { "." Name } [ "[" Argument "]" ]             glued up to "["
//   Macro     = Name                                         none of `and`, `or`, `not`
//   Test      = "exists"
//             | ( "=" | "==" | "!=" | "startswith" | "endswith" | "contains" ) String
//             | "in" ( List | ListName )
//   List      = "(" [ String { "," String } ] ")"
//   String    = quoted | bare
//   ListName  = bare
//   Argument  = quoted | run without brackets, quotes and blanks             not empty
//   Name      = letter { letter | digit | "_" }
//   quoted    = text in ' or ", with the escapes of lexer.h
//   bare      = run without ( ) " ' = , and blanks
//
// A blank or an opening parenthesis ends `and`, `or` and `not`; only a blank ends the operators made of letters that
// take one string. The operators themselves are the rows of operators.def.
#include "rules/language/parser.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "rules/event/diagnostic.h"
#include "rules/event/text.h"
#include "rules/language/lexer.h"

namespace picket::language {
namespace {

// What Falco has and Picket does not have yet. Longer spellings stand before their own prefixes.
constexpr std::string_view kMissingOperators[] = {"glob",        "iglob", "icontains", "bcontains",
                                                  "bstartswith", "regex", "pmatch",    "intersects"};
constexpr std::string_view kMissingFunctions[] = {"tolower", "toupper", "b64",    "basename", "len",
                                                  "join",    "concat",  "getopt", "val"};
constexpr std::string_view kMissingModifiers[] = {"oneof", "anyof", "allof"};

// What people write out of habit.
struct Slip {
  std::string_view written;
  std::string_view meant;
};
constexpr Slip kSlips[] = {{"&&", "and"}, {"||", "or"}, {"!", "not"}, {"AND", "and"}, {"OR", "or"}, {"NOT", "not"}};

template <std::size_t Size>
bool is_one_of(const std::string_view (&words)[Size], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

bool is_symbol(std::string_view op) { return op[0] < 'a' || op[0] > 'z'; }

std::string operator_list() {
  std::string list = "operators: ";
  for (const OperatorRow& known : kOperators) {
    if (&known != std::begin(kOperators)) list += ", ";
    list += known.spelling;
  }
  return list;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}

  std::variant<NodePtr, SyntaxError> run() {
    NodePtr node = condition();
    if (node) return node;
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
  bool argument(Node& node);
  std::optional<Operator> operation(const Node& node);
  std::optional<Operator> symbol_operation();
  bool operands(Node& node);
  bool list(Node& node);
  bool string(Node& node);
  bool supported(const Literal& word, const Node& node);

  NodePtr fail(Span span, std::string message, std::string hint = {}) {
    error_ = SyntaxError{span, std::move(message), std::move(hint)};
    return nullptr;
  }
  NodePtr fail_upcoming(std::string_view expected, std::string hint = {});

  Lexer lexer_;
  std::optional<SyntaxError> error_;
  std::size_t depth_ = 0;
};

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
  if (!reserved) node->name = lexer_.take_name();
  if (node->name.empty()) return fail_upcoming("a field, a macro, 'not' or '('");
  node->span = lexer_.since(begin);
  if (lexer_.glued() && lexer_.peek() == '.') {
    return fail({begin, node->span.length + 1}, "the name of a field ends in a dot");
  }
  if (node->name.find('.') != std::string::npos) return check(std::move(node));

  if (lexer_.glued() && lexer_.peek() == '(' && is_one_of(kMissingFunctions, node->name)) {
    return fail(node->span, "function " + quote(node->name) + " is not supported yet");
  }
  node->kind = Node::Kind::Macro;
  const bool operated =
      symbol_operation() || std::any_of(std::begin(kOperators), std::end(kOperators),
                                        [this](const OperatorRow& known) { return lexer_.at_keyword(known.spelling); });
  if (!operated) return node;
  return fail(node->span, quote(node->name) + " is not a field", "the name of a field has a dot: proc.name");
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
  const std::size_t begin = node->span.offset;
  node->kind = Node::Kind::Check;
  if (lexer_.glued() && lexer_.peek() == '[' && !argument(*node)) return nullptr;
  const std::size_t op_begin = lexer_.start();
  const auto op = operation(*node);
  if (!op) return nullptr;
  node->op = *op;
  node->op_span = lexer_.since(op_begin);
  if (!operands(*node)) return nullptr;
  node->span = lexer_.since(begin);
  return node;
}

bool Parser::argument(Node& node) {
  const Span open = lexer_.upcoming();
  lexer_.take("[");
  node.has_argument = true;
  if (lexer_.peek() == '"' || lexer_.peek() == '\'') {
    error_ = lexer_.take_quoted(node.argument);
    if (error_) return false;
  } else {
    node.argument = lexer_.take_argument();
  }
  if (node.argument.empty()) {
    fail({open.offset, 1}, "the brackets are empty");
  } else if (!lexer_.take("]")) {
    fail({open.offset, 1}, "this '[' is not closed");
  }
  return !error_;
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
  for (const std::string_view missing : kMissingOperators) {
    const Span span{lexer_.start(), missing.size()};
    if (is_symbol(missing) ? lexer_.take(missing) : lexer_.at_keyword(missing)) {
      fail(span, "operator " + quote(missing) + " is not supported yet", operator_list());
      return std::nullopt;
    }
  }
  const Span span = lexer_.upcoming();
  const bool keyword = lexer_.at_keyword("and") || lexer_.at_keyword("or") || lexer_.at_keyword("not");
  const std::string_view word = keyword ? std::string_view() : lexer_.take_word();
  if (word.empty()) {
    fail_upcoming("an operator after " + quote(node.name), operator_list());
    return std::nullopt;
  }
  const bool spaced = !lexer_.glued() || lexer_.done();
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

bool Parser::operands(Node& node) {
  switch (row(node.op).operands) {
    case Operands::None:
      return true;
    case Operands::One:
      return string(node);
    case Operands::Many:
      break;
  }
  if (lexer_.take("(")) return list(node);
  const std::size_t begin = lexer_.start();
  const std::string_view name = lexer_.take_bare();
  if (name.empty()) {
    fail_upcoming("'(' or the name of a list after " + quote(spelling(node.op)));
    return false;
  }
  node.list_name = true;
  node.literals.push_back({std::string(name), false, lexer_.since(begin), {}});
  return true;
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
  if (!literal.quoted && !supported(literal, node)) return false;
  node.literals.push_back(std::move(literal));
  return true;
}

// Falco's functions and modifiers look like bare strings up to what follows them.
bool Parser::supported(const Literal& word, const Node& node) {
  const bool function = is_one_of(kMissingFunctions, word.text) && lexer_.glued() && lexer_.peek() == '(';
  const bool last = lexer_.done() || lexer_.peek() == ')' || lexer_.at_keyword("and") || lexer_.at_keyword("or");
  const bool modifier = row(node.op).operands == Operands::One && is_one_of(kMissingModifiers, word.text) && !last;
  if (function) fail(word.span, "function " + quote(word.text) + " is not supported yet");
  if (modifier) fail(word.span, "modifier " + quote(word.text) + " is not supported yet");
  return !error_;
}

}  // namespace

std::variant<NodePtr, SyntaxError> parse(std::string_view condition) { return Parser(condition).run(); }

}  // namespace picket::language
