// SPDX-License-Identifier: Apache-2.0
//
// Conditions and the trees they give, printed with every sequence in brackets; and the errors of bad ones, with the
// text that the error points at.
#include "rules/language/parser.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <variant>

namespace picket::language {
namespace {

std::string shape(const Term& term) {
  std::string text = term.quoted ? "'" + term.name + "'" : term.name;
  if (term.kind == Term::Kind::Call || term.kind == Term::Kind::List) {
    text += "<";
    for (const Term& inner : term.terms) text += (&inner == &term.terms.front() ? "" : " ") + shape(inner);
    text += ">";
  }
  return term.has_argument ? text + "[" + term.argument + "]" : text;
}

// (and a (not b)): shows the tree as it is, where print() shows how to write it.
std::string shape(const Node& node) {
  if (node.kind == Node::Kind::Macro) return node.macro;
  std::string text = "(";
  if (node.kind == Node::Kind::Check) {
    text += std::string(spelling(node.op)) + " " + shape(node.left);
    for (const ModifierRow& row : kModifiers) {
      if (row.id == node.modifier) text += " " + std::string(row.spelling);
    }
    if (node.right) text += " " + shape(*node.right);
    for (const Literal& literal : node.literals)
      text += literal.quoted ? " '" + literal.text + "'" : " " + literal.text;
  } else {
    text += node.kind == Node::Kind::And ? "and" : node.kind == Node::Kind::Or ? "or" : "not";
    for (const NodePtr& child : node.children) text += " " + shape(*child);
  }
  return text + ")";
}

std::string shape_or_error(std::string_view condition) {
  const auto parsed = parse(condition);
  if (const auto* node = std::get_if<NodePtr>(&parsed)) return shape(**node);
  return "error: " + std::get<SyntaxError>(parsed).message;
}

TEST(Parser, TreesOfGoodConditions) {
  const struct {
    std::string_view condition, tree;
  } rows[] = {
      // precedence
      {"a", "a"},
      {"a and b and c", "(and a b c)"},
      {"a or b and c", "(or a (and b c))"},
      {"(a or b) and c", "(and (or a b) c)"},
      {"a and (b and c)", "(and a (and b c))"},
      {"((a))", "a"},
      {"not a and b", "(and (not a) b)"},
      {"not (a and b)", "(not (and a b))"},
      {"not not a", "(not (not a))"},
      {"not(a)or(b)", "(or (not a) b)"},
      {"a and(b)", "(and a b)"},
      // names that begin like keywords
      {"order and android or nothing", "(or (and order android) nothing)"},
      {"in_list and existsx", "(and in_list existsx)"},
      // operators
      {"proc.name = cat", "(= proc.name cat)"},
      {"proc.name=cat", "(= proc.name cat)"},
      {"proc.name == cat", "(= proc.name cat)"},
      {"proc.name!=cat", "(!= proc.name cat)"},
      {"fd.name startswith /etc", "(startswith fd.name /etc)"},
      {"fd.name endswith .conf", "(endswith fd.name .conf)"},
      {"fd.name contains ..", "(contains fd.name ..)"},
      {"fd.name exists", "(exists fd.name)"},
      {"fd.name exists and a", "(and (exists fd.name) a)"},
      {"(fd.name exists)", "(exists fd.name)"},
      {"proc.name in (a, b)", "(in proc.name a b)"},
      {"proc.name in(a,'b')", "(in proc.name a 'b')"},
      {"proc.name in ()", "(in proc.name)"},
      {"proc.name in shells", "(in proc.name shells)"},
      {"proc.name in 'a b'", "(in proc.name 'a b')"},
      {"a.b intersects (x)", "(intersects a.b x)"},
      {"a.b pmatch (/x, /y/*)", "(pmatch a.b /x /y/*)"},
      {"a.b pmatch(/x)", "(pmatch a.b /x)"},
      {"a.b glob /x/* or a.b iglob X", "(or (glob a.b /x/*) (iglob a.b X))"},
      {"a.b icontains x and a.b bcontains 7f", "(and (icontains a.b x) (bcontains a.b 7f))"},
      {"a.b bstartswith 7f and a.b regex '(a|b)+'", "(and (bstartswith a.b 7f) (regex a.b '(a|b)+'))"},
      // numbers
      {"a.b<=5", "(<= a.b 5)"},
      {"a.b < -5 and a.b >= 0x1F", "(and (< a.b -5) (>= a.b 0x1F))"},
      {"a.b > 1.5e+3", "(> a.b 1.5e+3)"},
      // modifiers, and texts that look like them
      {"a.b startswith oneof (x, y)", "(startswith a.b oneof x y)"},
      {"a.b = anyof ()", "(= a.b anyof)"},
      {"a.b != allof x", "(!= a.b allof x)"},
      {"a.b = oneof", "(= a.b oneof)"},
      {"(a.b = oneof )", "(= a.b oneof)"},
      {"a.b = anyof and c", "(and (= a.b anyof) c)"},
      {"a.b = allof or c", "(or (= a.b allof) c)"},
      {"a.b =oneof", "(= a.b oneof)"},
      // functions
      {"tolower(a.b) = x", "(= tolower<a.b> x)"},
      {"toupper( a.b[1] ) in (x)", "(in toupper<a.b[1]> x)"},
      {"len(join(\"-\", (a.b, c.d))) > 5", "(> len<join<'-' <a.b c.d>>> 5)"},
      {"concat(a.b, \"/\", 5) = x", "(= concat<a.b '/' 5> x)"},
      {"getopt(a.b, \"nt:\")[t] = x", "(= getopt<a.b 'nt:'>[t] x)"},
      {"a.b = val(c.d)", "(= a.b val<c.d>)"},
      {"a.b = val(basename(c.d)) and e", "(and (= a.b val<basename<c.d>>) e)"},
      {"a.b startswith tolower(c.d)", "(startswith a.b tolower<c.d>)"},
      {"a.b in val(c.d)", "(in a.b val<c.d>)"},
      {"a.b > len(c.d)", "(> a.b len<c.d>)"},
      {"b64(a.b) exists or not len(a.b) = 1", "(or (exists b64<a.b>) (not (= len<a.b> 1)))"},
      {"tolower and val", "(and tolower val)"},
      {"a.b = tolower", "(= a.b tolower)"},
      // arguments
      {"proc.aname[2] = x", "(= proc.aname[2] x)"},
      {"proc.aname[ 2 ]=x", "(= proc.aname[2] x)"},
      {"proc.env['a b'] exists", "(exists proc.env[a b])"},
      // strings
      {"evt.dir = <", "(= evt.dir <)"},
      {"fd.name = /a/*?[!x]{}<>|&;$#@^~`", "(= fd.name /a/*?[!x]{}<>|&;$#@^~`)"},
      {"proc.name = and and a", "(and (= proc.name and) a)"},
      {"proc.name = oneof and a", "(and (= proc.name oneof) a)"},
      {"(proc.name = anyof)", "(= proc.name anyof)"},
      {"proc.name = len", "(= proc.name len)"},
      {"proc.pid = -0x1F", "(= proc.pid -0x1F)"},
      {"fd.name = h\xc3\xa9llo", "(= fd.name h\xc3\xa9llo)"},
      {"proc.name = a\\nb", "(= proc.name a\\nb)"},
      {"proc.name = \"\"", "(= proc.name '')"},
      {"proc.name = \"it's\" and a", "(and (= proc.name 'it's') a)"},
      {"proc.name = \"x\"and a", "(and (= proc.name 'x') a)"},
      {R"(a.b = "\b\f\n\r\t\\\/\x41")", "(= a.b '\b\f\n\r\t\\/A')"},
      {R"(a.b = "q\"q")", "(= a.b 'q\"q')"},
      {R"(a.b = 'q\'q')", "(= a.b 'q'q')"},
      {R"(a.b = "a\ b")", "(= a.b 'a\\b')"},
      // the quote after any backslash does not close, also when the backslash is escaped itself
      {R"(a.b = "x\\" and c.d = "y")", "error: expected 'and' or 'or', found 'y'"},
      // blanks
      {" \t\r\n\ba\n\tand\rb ", "(and a b)"},
  };
  for (const auto& [condition, tree] : rows) {
    EXPECT_EQ(shape_or_error(condition), tree) << condition;
  }
}

constexpr std::string_view kOperatorHint =
    "operators: !=, =, <=, <, >=, >, intersects, in, pmatch, startswith, bstartswith, endswith, contains, icontains, "
    "bcontains, glob, iglob, regex, exists";

TEST(Parser, ErrorsOfBadConditions) {
  const struct {
    std::string_view condition, marked, message, hint;
  } rows[] = {
      {"", "", "the condition is empty", ""},
      {" \n ", "", "the condition is empty", ""},
      // structure
      {"a b", "b", "expected 'and' or 'or', found 'b'", ""},
      {"a and", "", "expected a field, a macro, 'not' or '(', the condition ends here", ""},
      {"and a", "and", "expected a field, a macro, 'not' or '(', found 'and'", ""},
      {"a or or b", "or", "expected a field, a macro, 'not' or '(', found 'or'", ""},
      {"a or (or)", "or", "expected a field, a macro, 'not' or '(', found 'or'", ""},
      {"()", ")", "expected a field, a macro, 'not' or '(', found ')'", ""},
      {"(a or b", "(", "this '(' is not closed", ""},
      {"(a b)", "b", "expected 'and', 'or' or ')', found 'b'", ""},
      {"a or b)", ")", "this ')' closes nothing", ""},
      {"a, b", ",", "expected 'and' or 'or', found ','", ""},
      {"\"a\"", "\"", "expected a field, a macro, 'not' or '(', found '\"'", ""},
      {"notation a", "a", "expected 'and' or 'or', found 'a'", ""},
      // habits of other languages
      {"a && b", "&&", "expected 'and' or 'or', found '&&'", "did you mean 'and'?"},
      {"(a || b)", "||", "expected 'and', 'or' or ')', found '||'", "did you mean 'or'?"},
      {"!a", "!", "expected a field, a macro, 'not' or '(', found '!'", "did you mean 'not'?"},
      {"a AND b", "AND", "expected 'and' or 'or', found 'AND'", "did you mean 'and'?"},
      {"name = x", "name", "'name' is not a field", "the name of a field has a dot: proc.name"},
      {"name==x", "name", "'name' is not a field", "the name of a field has a dot: proc.name"},
      {"name in (x)", "name", "'name' is not a field", "the name of a field has a dot: proc.name"},
      // fields
      {"proc. = x", "proc.", "the name of a field ends in a dot", ""},
      {"a.b.. = x", "a.b.", "the name of a field ends in a dot", ""},
      {"proc.aname[] = x", "[", "the brackets are empty", ""},
      {"proc.aname[''] = x", "[", "the brackets are empty", ""},
      {"proc.aname[2 = x", "[", "this '[' is not closed", ""},
      {"proc.aname [2] = x", "[", "expected an operator after 'proc.aname', found '['", kOperatorHint},
      // operators
      {"proc.name", "", "expected an operator after 'proc.name', the condition ends here", kOperatorHint},
      {"proc.name and a", "and", "expected an operator after 'proc.name', found 'and'", kOperatorHint},
      {"proc.name startwith x", "startwith", "'startwith' is not an operator", "did you mean 'startswith'?"},
      {"proc.name resembles x", "resembles", "'resembles' is not an operator", kOperatorHint},
      {"proc.name contains(x)", "contains", "'contains' is not an operator", "a blank must follow it"},
      {"proc.name IN (x)", "IN", "'IN' is not an operator", kOperatorHint},
      {"proc.name = (a, b)", "(", "expected a value, found '('", "several values are compared with 'in (a, b)'"},
      {"tolwer(proc.name) = x", "tolwer", "'tolwer' is not a function", "did you mean 'tolower'?"},
      {"f(proc.name) = x", "f", "'f' is not a function",
       "functions: tolower, toupper, b64, basename, len, join, concat, getopt, val"},
      {"tolower() = x", ")", "expected a field, a function, a text in quotes or a number, found ')'", ""},
      {"tolower(x) = x", "x", "'x' is not a field", "a text in a function needs quotes"},
      {"tolower(a.b = x", "=", "expected ',' or ')', found '='", ""},
      {"tolower(a.b", "(", "this '(' is not closed", ""},
      {"a.b > x", "x", "expected a number after '>', found 'x'", ""},
      {"a.b > 1e5", "1e5", "expected a number after '>', found '1e5'", ""},
      {"a.b > '1'", "'", "expected a number after '>', found '''", "numbers have no quotes"},
      {"a.b = oneof(a)", "(", "expected 'and' or 'or', found '('", ""},
      {"a.b in x, y", ",", "several values need parentheses", "write 'in (a, b)'"},
      {"a.b contains(x)", "contains", "'contains' is not an operator", "a blank must follow it"},
      // values
      {"proc.name =", "", "expected a value, the condition ends here", "an empty text is written \"\""},
      {"proc.name = )", ")", "expected a value, found ')'", "an empty text is written \"\""},
      {"proc.name in", "", "expected '(' or the name of a list after 'in', the condition ends here", ""},
      {"proc.name in (a", "(", "this '(' is not closed", ""},
      {"proc.name in (a b)", "b", "expected ',' or ')', found 'b'", ""},
      {"proc.name in (a, )", ")", "expected a value, found ')'", "an empty text is written \"\""},
      {"proc.name = \"abc", "\"", "this quote is not closed", ""},
      {"proc.name = 'a\\'", "'", "this quote is not closed", ""},
      {R"(a.b = "a\qb")", R"(\q)", "unknown escape in a quoted string",
       R"(write a backslash as \\; others are \b \f \n \r \t \/ \xHH and the quote)"},
      {R"(a.b = "a\'b")", R"(\')", "unknown escape in a quoted string",
       R"(write a backslash as \\; others are \b \f \n \r \t \/ \xHH and the quote)"},
      {R"(a.b = "\x4")", R"(\x)", "unknown escape in a quoted string",
       R"(write a backslash as \\; others are \b \f \n \r \t \/ \xHH and the quote)"},
      {R"(a.b = "\x00")", R"(\x00)", "a NUL byte cannot be matched", ""},
      {{"a.b = \"\0\"", 9}, {"\0", 1}, "a NUL byte cannot be matched", ""},
  };
  for (const auto& [condition, marked, message, hint] : rows) {
    const auto parsed = parse(condition);
    const auto* error = std::get_if<SyntaxError>(&parsed);
    ASSERT_NE(error, nullptr) << condition;
    EXPECT_EQ(error->message, message) << condition;
    EXPECT_EQ(error->hint, hint) << condition;
    ASSERT_LE(error->span.offset + error->span.length, condition.size()) << condition;
    EXPECT_EQ(condition.substr(error->span.offset, error->span.length), marked) << condition;
    if (marked.empty() && message != "the condition is empty") {
      EXPECT_EQ(error->span.offset, condition.size()) << condition;
    }
  }
}

TEST(Parser, SpansPointAtTheText) {
  const std::string_view text = "  a and ( not proc.aname[2]  in ( x, \"y z\" ) )";
  const auto parsed = parse(text);
  const Node& root = *std::get<NodePtr>(parsed);
  const auto at = [text](Span span) { return text.substr(span.offset, span.length); };
  EXPECT_EQ(at(root.span), text.substr(2));
  EXPECT_EQ(at(root.children[0]->span), "a");
  const Node& negation = *root.children[1];
  EXPECT_EQ(at(negation.span), "not proc.aname[2]  in ( x, \"y z\" )");
  const Node& check = *negation.children[0];
  EXPECT_EQ(at(check.span), "proc.aname[2]  in ( x, \"y z\" )");
  EXPECT_EQ(at(check.op_span), "in");
  EXPECT_EQ(at(check.literals[0].span), "x");
  EXPECT_EQ(at(check.literals[1].span), "\"y z\"");
}

TEST(Parser, NestingIsLimited) {
  const auto nested = [](std::string_view open, std::size_t depth, std::string_view close) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += open;
    text += "a";
    for (std::size_t i = 0; i < depth; ++i) text += close;
    return parse(text);
  };
  const struct { std::string_view open, close; } rows[] = {{"(", ")"}, {"not ", ""}, {"b or c and (", ")"}};
  for (const auto& [open, close] : rows) {
    EXPECT_TRUE(std::holds_alternative<NodePtr>(nested(open, kMaxNesting, close))) << open;
    const auto deeper = nested(open, kMaxNesting + 1, close);
    ASSERT_TRUE(std::holds_alternative<SyntaxError>(deeper)) << open;
    EXPECT_EQ(std::get<SyntaxError>(deeper).message, "the condition is nested more than 1,000 deep");
    EXPECT_TRUE(std::holds_alternative<SyntaxError>(nested(open, 1'000'000, ""))) << open;
  }
}

}  // namespace
}  // namespace picket::language
