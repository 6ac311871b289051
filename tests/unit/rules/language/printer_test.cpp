// SPDX-License-Identifier: Apache-2.0
//
// Printing: the canonical form, and that parsing it gives back the tree it was printed from.
#include <gtest/gtest.h>

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
      {"proc.name in shells", "proc.name in shells"},
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
  tree->field = find_field("proc.name");
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
        node->name = name();
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
    if (below(2)) return {bytes(true), true, {}, {}};
    return {name() + (below(2) ? "/*.\xc3\xa9" : ""), false, {}, {}};
  }

  NodePtr check(NodePtr node) {
    node->name = name() + "." + name();
    node->has_argument = below(3) == 0;
    if (node->has_argument) node->argument = bytes(false);
    const OperatorRow& op = kOperators[below(std::size(kOperators))];
    node->op = op.id;
    if (op.operands == Operands::One) node->literals.push_back(literal());
    if (op.operands != Operands::Many) return node;
    node->list_name = below(4) == 0;
    if (node->list_name) {
      node->literals.push_back({name(), false, {}, {}});
    } else {
      for (int i = below(4); i > 0; --i) node->literals.push_back(literal());
    }
    return node;
  }

  std::mt19937 random_;
};

bool same(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.name != b.name || a.has_argument != b.has_argument || a.argument != b.argument ||
      a.op != b.op || a.list_name != b.list_name || a.literals.size() != b.literals.size() ||
      a.children.size() != b.children.size()) {
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
    check.field = find_field("proc.aname");
    check.index = 2;
    for (Literal& literal : check.literals) literal.value = std::string_view(literal.text);
    copy = clone(*tree);
    EXPECT_TRUE(same(*tree, *copy));
  }
  const Node& check = *copy->children[1]->children[0];
  EXPECT_EQ(check.field, find_field("proc.aname"));
  EXPECT_EQ(check.index, 2);
  for (const Literal& literal : check.literals) {
    EXPECT_EQ(std::get<std::string_view>(literal.value).data(), literal.text.data());
  }
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
