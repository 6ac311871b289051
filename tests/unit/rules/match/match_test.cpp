// SPDX-License-Identifier: Apache-2.0
//
// Events against conditions and output templates. Conditions are bound by hand: the matcher does not know the compiler.
#include "rules/match/match.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "rules/language/parser.h"
#include "rules/match/output_text.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using language::Node;
using language::NodePtr;

// Fields of every type, with values that depend on nothing.
Value text(const Event&, int, Scratch&) { return std::string_view("/etc/shadow"); }
Value empty(const Event&, int, Scratch&) { return std::string_view(); }
Value missing(const Event&, int, Scratch&) { return {}; }
Value negative(const Event&, int, Scratch&) { return std::int64_t{-1}; }
Value number(const Event&, int, Scratch&) { return std::uint64_t{443}; }
Value truth(const Event&, int, Scratch&) { return true; }
Value address(const Event&, int, Scratch&) { return Address{4, {10, 0, 0, 7}}; }

constexpr std::string_view kAncestors[] = {"bash", "sshd", "systemd"};
Value ancestor(const Event&, int index, Scratch&) {
  return index >= 0 && index < 3 ? Value(kAncestors[index]) : Value();
}
Value each_ancestor(const Event& event, int position, Scratch& scratch) { return ancestor(event, position, scratch); }

const Field kFields[] = {
    {"t.text", Type::Text, Argument::None, KindSet::all(), "", text},
    {"t.empty", Type::Text, Argument::None, KindSet::all(), "", empty},
    {"t.missing", Type::Text, Argument::None, KindSet::all(), "", missing},
    {"t.signed", Type::Signed, Argument::None, KindSet::all(), "", negative},
    {"t.number", Type::Unsigned, Argument::None, KindSet::all(), "", number},
    {"t.truth", Type::Bool, Argument::None, KindSet::all(), "", truth},
    {"t.address", Type::Address, Argument::None, KindSet::all(), "", address},
    {"t.ancestor", Type::Text, Argument::Optional, KindSet::all(), "", ancestor, each_ancestor},
    {"t.nobody", Type::Text, Argument::Optional, KindSet::all(), "", missing, missing},
    {"t.network", Type::Network, Argument::None, KindSet::all(), "", address},
    {"t.list", Type::Text, Argument::None, KindSet::all(), "", ancestor, each_ancestor, {}, false, Several::List},
    {"t.ends", Type::Text, Argument::None, KindSet::all(), "", ancestor, each_ancestor, {}, false, Several::Ends},
};

// A number stands for 10.0.0.N or the network N.0.0.0/8.
Value value_of(const language::Literal& literal, Type type) {
  switch (type) {
    case Type::Text:
      return std::string_view(literal.text);
    case Type::Signed:
      return std::int64_t{std::stoll(literal.text)};
    case Type::Unsigned:
      return std::uint64_t{std::stoull(literal.text)};
    case Type::Bool:
      return literal.text == "true";
    case Type::Address:
      return Address{4, {10, 0, 0, static_cast<std::uint8_t>(std::stoi(literal.text))}};
    case Type::Network:
      return Address{4, {static_cast<std::uint8_t>(std::stoi(literal.text))}};
  }
  std::abort();
}

// Literals of `in` must be written in order.
void bind_by_hand(Node& node) {
  for (const NodePtr& child : node.children) bind_by_hand(*child);
  if (node.kind != Node::Kind::Check) return;
  language::Term& left = node.left;
  for (const Field& field : kFields) {
    if (field.name == left.name) left.field = &field;
  }
  if (!left.field) left.field = find_field(left.name);
  ASSERT_NE(left.field, nullptr) << left.name;
  if (left.has_argument) left.index = std::stoi(left.argument);
  left.type = left.field->type;
  left.many = left.field->get_each != nullptr && !left.has_argument;
  left.several = left.field->several;
  for (language::Literal& literal : node.literals) literal.bound = {value_of(literal, left.type), 8, nullptr};
}

NodePtr condition(std::string_view text) {
  NodePtr node = std::get<NodePtr>(language::parse(text));
  bind_by_hand(*node);
  return node;
}

class Match : public ::testing::Test {
 protected:
  Match() : open_(Kind::open), exec_(Kind::exec) {
    process_.comm = "cat";
    process_.vpid = 42;
    open_.text(&pk_open::path, "/etc/shadow");
  }

  test::Record<pk_open> open_;
  test::Record<pk_exec> exec_;
  test::FakeNames names_;
  Process process_;
  Scratch scratch_;
};

TEST_F(Match, Conditions) {
  const struct {
    std::string_view condition;
    bool holds;
  } rows[] = {
      // text
      {"t.text = /etc/shadow", true},
      {"t.text = /etc/shado", false},
      {"t.text = /etc/shadow2", false},
      {"t.text != /etc/shadow", false},
      {"t.text != x", true},
      {"t.text in (/bin, /etc/shadow, /usr)", true},
      {"t.text in (/bin, /etc/shado, /usr)", false},
      {"t.text in (/etc/shadow)", true},
      {"t.text in (\"\", /etc, /etc/shadow, bash, \"\xc3\xa9\")", true},
      {"t.text in (\"\", \" \", bash, \"\xc3\xa9\")", false},
      {"t.empty in (\"\", bash)", true},
      {"t.empty in (bash, \"\xc3\xa9\")", false},
      {"t.text in ()", false},
      {"t.text in (\"\", /bin, /etc, /etc/shado, /etc/shadow, /etc/shadows, /usr, bash, z, \"\xc3\xa9\")", true},
      {"t.text in (\"\", /bin, /etc, /etc/shado, /etc/shadows, /proc, /usr, bash, z, \"\xc3\xa9\")", false},
      {"t.empty in (\"\", /bin, /etc, /etc/shado, /etc/shadows, /proc, /usr, bash, z, \"\xc3\xa9\")", true},
      {"t.empty in (/bin, /etc, /etc/shado, /etc/shadows, /proc, /sys, /usr, bash, z, \"\xc3\xa9\")", false},
      {"t.text startswith /etc/", true},
      {"t.text startswith /etc/shadow2", false},
      {"t.text startswith \"\"", true},
      {"t.text endswith shadow", true},
      {"t.text endswith Shadow", false},
      {"t.text endswith /etc/etc/shadow", false},
      {"t.text contains c/s", true},
      {"t.text contains C/s", false},
      {"t.text contains \"\"", true},
      {"t.text exists", true},
      // an empty text is present
      {"t.empty exists", true},
      {"t.empty = \"\"", true},
      {"t.empty != x", true},
      {"t.empty contains x", false},
      // missing: every comparison is false, and `not` is plain negation
      {"t.missing exists", false},
      {"t.missing = x", false},
      {"t.missing != x", false},
      {"t.missing in (x)", false},
      {"t.missing startswith \"\"", false},
      {"t.missing contains \"\"", false},
      {"t.missing endswith \"\"", false},
      {"not t.missing = x", true},
      {"not t.missing != x", true},
      // numbers in order; signed ones, too
      {"t.signed < 0", true},
      {"t.signed < -1", false},
      {"t.signed <= -1", true},
      {"t.signed > -2", true},
      {"t.signed >= 0", false},
      {"t.number > 442", true},
      {"t.number > 443", false},
      {"t.number >= 443", true},
      {"t.number < 444", true},
      {"t.number <= 442", false},
      {"t.missing exists or t.number < 443", false},
      // other types
      {"t.signed = -1", true},
      {"t.signed != -1", false},
      {"t.signed in (-5, -1, 3)", true},
      {"t.signed in (-5, 1)", false},
      {"t.number = 443", true},
      {"t.number != 80", true},
      {"t.number in (80, 443, 8080)", true},
      {"t.number in (80, 8080)", false},
      {"t.truth = true", true},
      {"t.truth = false", false},
      {"t.truth != false", true},
      {"t.truth in (false, true)", true},
      {"t.address = 7", true},
      {"t.address != 7", false},
      {"t.address in (6, 7, 8)", true},
      {"t.address in (6, 8)", false},
      {"t.address exists", true},
      // several values: any of them, for every operator
      {"t.ancestor = sshd", true},
      {"t.ancestor = nginx", false},
      {"t.ancestor != sshd", true},
      {"not t.ancestor = sshd", false},
      {"t.ancestor in (nginx, systemd)", true},
      {"t.ancestor startswith sys", true},
      {"t.ancestor exists", true},
      {"t.nobody exists", false},
      {"t.nobody != x", false},
      {"not t.nobody != x", true},
      {"t.ends = sshd", true},
      {"t.ends != sshd", false},
      {"t.ends != nginx", true},
      {"t.ends in (nginx, sshd)", true},
      {"t.list in (bash, sshd, systemd)", true},
      {"t.list in (bash, sshd)", false},
      {"t.list intersects (bash, nginx)", true},
      {"t.list intersects (nginx)", false},
      {"t.list exists", true},
      {"t.nobody in ()", false},
      {"t.ancestor startswith anyof (nginx, sys)", true},
      // modifiers: some, all, exactly one
      {"t.text startswith anyof (/usr, /etc)", true},
      {"t.text startswith anyof (/usr, /var)", false},
      {"t.text startswith anyof ()", false},
      {"t.text startswith oneof (/usr, /etc)", true},
      {"t.text startswith oneof (/etc, /etc/)", false},
      {"t.text contains allof (etc, shadow)", true},
      {"t.text contains allof (etc, passwd)", false},
      {"t.text contains allof ()", false},
      {"t.text != allof (a, b)", true},
      {"t.text != allof (a, /etc/shadow)", false},
      {"t.text != anyof (a, /etc/shadow)", true},
      {"t.text = anyof (a, /etc/shadow)", true},
      {"t.missing startswith anyof (\"\")", false},
      // networks
      {"t.network = 10", true},
      {"t.network = 11", false},
      {"t.network != 10", false},
      {"t.network != 11", true},
      {"t.network in (9, 10)", true},
      {"t.network in (9, 11)", false},
      {"t.network intersects (9, 10)", true},
      {"t.network exists", true},
      // texts in order, byte by byte
      {"t.text < 0", true},
      {"t.text > 0", false},
      // patterns
      {"t.text glob /etc/*", true},
      {"t.text glob *w", true},
      {"t.text glob /etc/SHADOW", false},
      {"t.text iglob /etc/SHADO?", true},
      {"t.text icontains C/SHA", true},
      {"t.text icontains \"\"", true},
      {"t.empty icontains x", false},
      {"t.text pmatch (/usr, /etc)", true},
      {"t.text pmatch (/usr, /et)", false},
      {"t.text bstartswith /etc", true},
      {"t.text intersects (/bin, /etc/shadow)", true},
      // one of them by number
      {"t.ancestor[1] = sshd", true},
      {"t.ancestor[1] != sshd", false},
      {"t.ancestor[0] = sshd", false},
      {"t.ancestor[3] exists", false},
      // and, or, not
      {"t.truth = true and t.number = 443 and t.text exists", true},
      {"t.truth = true and t.number = 80", false},
      {"t.truth = false or t.number = 443", true},
      {"t.truth = false or t.number = 80", false},
      {"not (t.truth = false or t.number = 80)", true},
      {"not not t.truth = true", true},
      // fields of the catalogue
      {"proc.name = cat and proc.vpid = 42 and open.path = /etc/shadow", true},
      {"evt.type in (open, openat) and fd.name endswith shadow", true},
      {"connect.port = 0", false},
      {"not connect.port = 0", true},
  };
  const Event event = open_.event(process_, &names_);
  for (const auto& [text, holds] : rows) EXPECT_EQ(evaluate(*condition(text), event, scratch_), holds) << text;
}

// The Matcher turns most texts away before it searches a list.
TEST_F(Match, AListHasNoTextsButItsOwn) {
  constexpr std::string_view kList[] = {"a", "ab", "bash", "cat", "nginx: worker", "sshd", "\xff"};
  std::string text = "proc.name in (";
  for (const std::string_view one : kList) text += (one == kList[0] ? "\"" : ", \"") + std::string(one) + '"';
  Policy policy;
  policy.rules.emplace_back().condition = condition(text + ")");
  policy.rules.back().kinds = KindSet::all();
  Matcher matcher(policy);
  const auto found = [&](std::string_view name) {
    process_.comm = name;
    return matcher.first_match(open_.event(process_), scratch_) != nullptr;
  };
  for (const std::string_view one : kList) EXPECT_TRUE(found(one)) << one;
  // Of 4,096 texts many look like one of the list.
  for (int first = 1; first <= 64; ++first) {
    for (int last = 1; last <= 64; ++last) {
      const std::string other = {static_cast<char>(first), 'x', static_cast<char>(last)};
      EXPECT_FALSE(found(other)) << other;
    }
  }
  EXPECT_FALSE(found(""));
}

TEST_F(Match, OutputsAreFilledIn) {
  const Event event = open_.event(process_, &names_);
  const std::vector<OutputPiece> output = {{"read by ", nullptr, -1}, {"proc.name", find_field("proc.name"), -1},
                                           {" (", nullptr, -1},       {"proc.vpid", find_field("proc.vpid"), -1},
                                           {", port ", nullptr, -1},  {"fd.sport", find_field("fd.sport"), -1},
                                           {", under ", nullptr, -1}, {"t.ancestor[1]", &kFields[7], 1},
                                           {")", nullptr, -1}};
  OutputText out;
  out.make(output, event, scratch_);
  EXPECT_EQ(out.text(), "read by cat (42, port <NA>, under sshd)");
  const std::vector<Value> values = {{}, std::string_view("cat"),  {}, std::uint64_t{42}, {}, {},
                                     {}, std::string_view("sshd"), {}};
  EXPECT_TRUE(std::equal(values.begin(), values.end(), out.values().begin(), out.values().end()));
}

TEST_F(Match, WidthsFillUpAndCut) {
  const Event event = open_.event(process_, &names_);
  std::vector<OutputPiece> output = {{"proc.name", find_field("proc.name"), -1}, {"|", nullptr, -1}};
  output.front().width = 5;
  OutputText out;
  out.make(output, event, scratch_);
  EXPECT_EQ(out.text(), "cat  |");
  output.front().width = 2;
  out.make(output, event, scratch_);
  EXPECT_EQ(out.text(), "ca|");
}

TEST_F(Match, TheFirstRuleOfTheKindThatMatchesWins) {
  const struct {
    std::string_view name, condition;
    KindSet kinds;
  } rows[] = {
      {"exec only", "t.truth = true", {Kind::exec}},
      {"never", "t.truth = false", KindSet::all()},
      {"shadow", "fd.name = /etc/shadow", {Kind::open, Kind::connect}},
      {"any", "t.truth = true", KindSet::all()},
  };
  Policy policy;
  for (const auto& [name, text, kinds] : rows) {
    Rule rule;
    rule.name = name;
    rule.condition = condition(text);
    rule.kinds = kinds;
    policy.rules.push_back(std::move(rule));
  }
  const auto first = [&](const Event& event) {
    const Rule* rule = Matcher(policy).first_match(event, scratch_);
    return rule ? rule->name : "nothing";
  };
  EXPECT_EQ(first(open_.event(process_)), "shadow");
  EXPECT_EQ(first(exec_.event(process_)), "exec only");
  open_.text(&pk_open::path, "/tmp/x");
  EXPECT_EQ(first(open_.event(process_)), "any");
  policy.rules.pop_back();
  EXPECT_EQ(first(open_.event(process_)), "nothing");
}

}  // namespace
}  // namespace picket
