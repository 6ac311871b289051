// SPDX-License-Identifier: Apache-2.0
//
// Printing: the canonical form, and that parsing it gives back the tree it was printed from.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "rules/language/ast.h"
#include "rules/language/parser.h"

namespace picket::language {
namespace {

NodePtr parsed(std::string_view condition) {
  auto result = parse(condition);
  return std::holds_alternative<NodePtr>(result) ? std::get<NodePtr>(std::move(result)) : nullptr;
}

TEST(Printer, CanonicalText) {
  const struct {
    std::string_view condition, canonical;
  } rows[] = {
      {"((a))and(b)", "a and b"},
      {"(a and b) or c", "a and b or c"},
      {"(a or b) and not(c or d)", "(a or b) and not (c or d)"},
      {"a and (b and c)", "a and (b and c)"},
      {"a or (b or c)", "a or (b or c)"},
      {"not (not (a))", "not not a"},
      {"proc.name==x", "proc.name = x"},
      {"proc.name in(  a ,'b'  )", "proc.name in (a, \"b\")"},
      {"proc.name in ( )", "proc.name in ()"},
      {"proc.name in shells", "proc.name in (shells)"},
      {"a.b = anyof c", "a.b = anyof (c)"},
      {"len( join('-',( a.b,c.d )) )>=0x10", "len(join(\"-\", (a.b, c.d))) >= 0x10"},
      {"getopt(a.b,'n')[n]=val(c.d['x y'])", "getopt(a.b, \"n\")[n] = val(c.d[\"x y\"])"},
      {"proc.aname[ 2 ] exists", "proc.aname[2] exists"},
      {"proc.env['a b'] exists", "proc.env[\"a b\"] exists"},
      {R"(a.b = 'it is "\x01\n')", R"(a.b = "it is \"\x01\n")"},
      {R"(a.b = "C:\x5c")", R"(a.b = "C:\x5c")"},
      {R"(a.b = "\x5cx")", R"(a.b = "\\x")"},
  };
  for (const auto& [condition, canonical] : rows) {
    const NodePtr tree = parsed(condition);
    ASSERT_TRUE(tree) << condition;
    EXPECT_EQ(print(*tree), canonical);
  }
}

TEST(Printer, BoundLiteralsAreQuotedOnlyWhenTheyMustBe) {
  const NodePtr tree = parsed(R"(proc.name in ("plain", "two words", ""))");
  for (Literal& literal : tree->literals) literal.bound.value = std::string_view(literal.text);
  EXPECT_EQ(print(*tree), R"(proc.name in (plain, "two words", ""))");
}

TEST(Nesting, CountsParenthesesAndNots) {
  const struct {
    std::string_view condition;
    std::size_t depth;
  } rows[] = {{"a", 0},         {"((a))", 0},          {"a and b or c", 0},           {"not a", 1},
              {"not not a", 2}, {"a and (b or c)", 1}, {"not (a or (b or not c))", 4}};
  for (const auto& [condition, depth] : rows) EXPECT_EQ(nesting(*parsed(condition)), depth) << condition;
}

// Random trees of every shape the language has.
class Trees {
 public:
  explicit Trees(unsigned seed) : random_(seed) {}

  NodePtr tree(int depth) {
    auto node = std::make_unique<Node>();
    const int shape = depth == 0 ? 3 + below(2) : below(5);
    switch (shape) {
      case 0:
      case 1:
        node->kind = shape == 0 ? Node::Kind::And : Node::Kind::Or;
        for (int i = 2 + below(3); i > 0; --i) node->children.push_back(tree(depth - 1));
        return node;
      case 2:
        node->kind = Node::Kind::Not;
        node->children.push_back(tree(depth - 1));
        return node;
      case 3:
        node->kind = Node::Kind::Macro;
        node->macro = name();
        return node;
      default:
        return check(std::move(node));
    }
  }

 private:
  int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }

  std::string name() {
    constexpr std::string_view kFirst = "abnoxXZ";
    constexpr std::string_view kNext = "adnortx09_Z";
    std::string text(1, kFirst[below(kFirst.size())]);
    for (int i = below(6); i > 0; --i) text += kNext[below(kNext.size())];
    return text == "and" || text == "or" || text == "not" ? text + "_" : text;
  }

  // Any bytes but NUL, the ones with a meaning often.
  std::string bytes(bool empty_too) {
    constexpr std::string_view kSpecial = "\\\\\\\"'()[],= \n\tabx0/\b";
    std::string text;
    for (int i = below(8) + (empty_too ? 0 : 1); i > 0; --i) {
      text += below(3) ? kSpecial[below(kSpecial.size())] : static_cast<char>(1 + below(255));
    }
    return text;
  }

  Literal literal() {
    if (below(2)) return {bytes(true), true, {}, {}, {}};
    return {name() + (below(2) ? "/*.\xc3\xa9" : ""), false, {}, {}, {}};
  }

  NodePtr check(NodePtr node) {
    node->left = below(3) ? field() : call(2);
    const OperatorRow& op = kOperators[below(std::size(kOperators))];
    node->op = op.id;
    if (op.operands == Operands::None) return node;
    if (below(4) == 0) {
      node->right = std::make_unique<Term>(call(2));
      return node;
    }
    if (op.operands == Operands::Number) node->literals.push_back({number(), false, {}, {}, {}});
    if (op.operands == Operands::One && below(3) == 0) node->modifier = kModifiers[below(3)].id;
    if (op.operands == Operands::One && node->modifier == Modifier::None) node->literals.push_back(literal());
    if (op.operands != Operands::Many && node->modifier == Modifier::None) return node;
    for (int i = below(4); i > 0; --i) node->literals.push_back(literal());
    return node;
  }

  std::string number() {
    constexpr std::string_view kNumbers[] = {"0", "-17", "+5", "0xaF", "1.5", "2.", "3e+10", "4.5E-1"};
    return std::string(kNumbers[below(std::size(kNumbers))]);
  }

  Term field() {
    Term term;
    term.name = name() + "." + name();
    term.has_argument = below(3) == 0;
    if (term.has_argument) term.argument = bytes(false);
    return term;
  }

  Term call(int depth) {
    const FunctionRow& function = kFunctions[below(std::size(kFunctions))];
    Term term;
    term.kind = Term::Kind::Call;
    term.name = function.name;
    term.function = function.id;
    for (int i = 1 + below(3); i > 0; --i) term.terms.push_back(argument(depth - 1));
    term.has_argument = below(5) == 0;
    if (term.has_argument) term.argument = bytes(false);
    return term;
  }

  Term argument(int depth) {
    Term term;
    switch (depth <= 0 ? below(3) : below(5)) {
      case 0:
        return field();
      case 1:
        term.kind = Term::Kind::Text;
        term.quoted = true;
        term.name = bytes(true);
        return term;
      case 2:
        term.kind = Term::Kind::Text;
        term.name = number();
        return term;
      case 3:
        return call(depth);
      default:
        term.kind = Term::Kind::List;
        for (int i = 1 + below(3); i > 0; --i) term.terms.push_back(argument(depth - 1));
        return term;
    }
  }

  std::mt19937 random_;
};

bool same(const Term& a, const Term& b) {
  return a.kind == b.kind && a.name == b.name && a.quoted == b.quoted && a.has_argument == b.has_argument &&
         a.argument == b.argument && a.function == b.function &&
         std::equal(a.terms.begin(), a.terms.end(), b.terms.begin(), b.terms.end(),
                    [](const Term& one, const Term& other) { return same(one, other); });
}

bool same(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.macro != b.macro || a.op != b.op || a.modifier != b.modifier ||
      a.literals.size() != b.literals.size() || a.children.size() != b.children.size() || !same(a.left, b.left) ||
      (a.right == nullptr) != (b.right == nullptr) || (a.right && !same(*a.right, *b.right))) {
    return false;
  }
  for (std::size_t i = 0; i < a.literals.size(); ++i) {
    if (a.literals[i].text != b.literals[i].text || a.literals[i].quoted != b.literals[i].quoted) return false;
  }
  for (std::size_t i = 0; i < a.children.size(); ++i) {
    if (!same(*a.children[i], *b.children[i])) return false;
  }
  return true;
}

TEST(Printer, ParsingThePrintedTextGivesTheSameTree) {
  for (unsigned seed = 0; seed < 5000; ++seed) {
    const NodePtr tree = Trees(seed).tree(5);
    const std::string text = print(*tree);
    const NodePtr again = parsed(text);
    ASSERT_TRUE(again) << "seed " << seed << ": " << text;
    ASSERT_TRUE(same(*tree, *again)) << "seed " << seed << ": " << text << "\nbecame " << print(*again);
    ASSERT_EQ(print(*again), text);
  }
}

TEST(Clone, CopiesTheWholeTreeAndItsTextValuesViewTheCopy) {
  NodePtr copy;
  {
    const NodePtr tree = parsed("a or not proc.aname[2] in (bash, \"x y\")");
    Node& check = *tree->children[1]->children[0];
    check.left.field = find_field("proc.aname");
    check.left.index = 2;
    check.right = std::make_unique<Term>(check.left);
    for (Literal& literal : check.literals) literal.bound.value = std::string_view(literal.text);
    check.literals[0].bytes = "bytes";
    copy = clone(*tree);
    EXPECT_TRUE(same(*tree, *copy));
  }
  const Node& check = *copy->children[1]->children[0];
  EXPECT_EQ(check.left.field, find_field("proc.aname"));
  EXPECT_EQ(check.left.index, 2);
  EXPECT_EQ(check.right->index, 2);
  const auto view = [&check](std::size_t i) {
    return std::get<std::string_view>(check.literals[i].bound.value).data();
  };
  EXPECT_EQ(view(0), check.literals[0].bytes.data());
  EXPECT_EQ(view(1), check.literals[1].text.data());
}

TEST(Before, OrdersValuesOfOneType) {
  const Address v4{4, {10, 0, 0, 1}}, v4_next{4, {10, 0, 0, 2}}, v6{6, {0}};
  const struct {
    Value less, more;
  } rows[] = {{std::string_view("a"), std::string_view("b")},
              {std::string_view(""), std::string_view("a")},
              {std::int64_t{-1}, std::int64_t{0}},
              {std::uint64_t{1}, ~std::uint64_t{0}},
              {false, true},
              {v4, v4_next},
              {v4, v6}};
  for (const auto& [less, more] : rows) {
    EXPECT_TRUE(before(less, more));
    EXPECT_FALSE(before(more, less));
    EXPECT_FALSE(before(less, less));
  }
}

}  // namespace
}  // namespace picket::language
