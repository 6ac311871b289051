// SPDX-License-Identifier: Apache-2.0
//
// Lists and macros: how names are replaced by what they stand for, and the bounds on it.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/unit/rules/compile/compiling.h"

namespace picket {
namespace {

using namespace test;

// What Falco makes of lists, its oddities included: see lists.h.
TEST(Definitions, ListsAreReplacedAsText) {
  const std::string lists =
      "- {list: a, items: [x, 'y z']}\n- {list: b, items: [a, w]}\n- {list: c, items: [b, v]}\n"
      "- {list: late, items: [later, u]}\n- {list: later, items: [t]}\n- {list: none, items: []}\n"
      "- {list: only_none, items: [none]}\n- {list: quoted, items: ['\"q r\"', '']}\n";
  const struct {
    std::string_view condition, expected;
  } rows[] = {
      {"proc.name in (a)", "proc.name in (x, \"y z\")"},
      {"proc.name in (b)", "proc.name in (w, x, \"y z\")"},
      {"proc.name in (late)", "proc.name in (t, u)"},
      {"proc.name in (quoted)", "proc.name in (\"\", \"q r\")"},
      {"proc.name in (none)", "proc.name in ()"},
      {"proc.name in (none, k)", "proc.name in (k)"},
      {"proc.name in (k, none)", "proc.name in (k)"},
      {"proc.name in (k, none, l)", "proc.name in (k, l)"},
      {"proc.name in (only_none, k)", "proc.name in (k)"},
      {"proc.name in (k,only_none)", "proc.name in (k)"},
      {"proc.name in (none, only_none, none)", "proc.name in ()"},
      {"proc.name=later", "proc.name = t"},
      {"proc.name in later", "proc.name in (t)"},
      {"proc.name startswith later or proc.name in(later)", "proc.name startswith t or proc.name in (t)"},
      // only whole words
      {"proc.name in (a.b, xa, a-b, \"a\")", "proc.name in (a, a-b, a.b, xa)"},
  };
  for (const auto& [condition, expected] : rows) {
    const Compiled compiled = compile_some(lists + rule(condition));
    ASSERT_EQ(compiled.policy.rules.size(), 1u) << condition << '\n' << rendered(compiled);
    EXPECT_EQ(print(*compiled.policy.rules[0].condition), expected);
  }
  const Compiled third = compile_some(lists + rule("proc.name in (c)"));
  EXPECT_EQ(print(*third.policy.rules.at(0).condition), "proc.name in (a, v, w)");
  EXPECT_EQ(third.diagnostics.at(0).message, "list 'a' in list 'b' stays a text here, as in Falco");
  EXPECT_EQ(third.diagnostics.at(0).where.line, 3u);
  const Compiled quirk = compile_some(lists + rule("proc.args contains \"k later l\""));
  EXPECT_EQ(print(*quirk.policy.rules.at(0).condition), "proc.args contains \"k t l\"");
  EXPECT_EQ(quirk.diagnostics.back().message, "a list inside a text in quotes is replaced by its items, as in Falco");
}

TEST(Definitions, LaterDefinitionsReplaceEarlierOnesInTheirPlace) {
  const std::string yaml = "- {list: l, items: [old]}\n- {macro: m, condition: proc.pid = 1}\n" +
                           rule("m", "old", "A") + rule("proc.name in (l)", "x", "B") +
                           "- {list: l, items: [new]}\n- {macro: m, condition: proc.pid = 2}\n" +
                           rule("not m", "new", "A");
  const Compiled compiled = compile_some(yaml);
  ASSERT_EQ(compiled.policy.rules.size(), 2u) << rendered(compiled);
  EXPECT_EQ(compiled.policy.rules[0].name, "A");
  EXPECT_EQ(print(*compiled.policy.rules[0].condition), "not proc.pid = 2");
  EXPECT_EQ(compiled.policy.rules[0].output.at(0).text, "new");
  EXPECT_EQ(compiled.policy.rules[1].name, "B");
  EXPECT_EQ(print(*compiled.policy.rules[1].condition), "proc.name in (new)");
}

TEST(Definitions, LoopsAreErrorsThatShowTheChain) {
  const struct {
    std::string yaml, expected;
  } rows[] = {
      {"- {macro: a, condition: b or c}\n- {macro: b, condition: proc.pid = 1}\n- {macro: c, condition: not d}\n"
       "- {macro: d, condition: b and a}\n" +
           rule("a"),
       "test.yaml:4:31: error: macros refer to each other in a loop: a -> c -> d -> a\n"
       "    4 | - {macro: d, condition: b and a}\n"
       "      |                               ^\n"},
      {"- {macro: a, condition: not a}\n" + rule("proc.pid = 1 and a"),
       "test.yaml:1:29: error: macros refer to each other in a loop: a -> a\n"
       "    1 | - {macro: a, condition: not a}\n"
       "      |                             ^\n"},
  };
  for (const auto& [yaml, expected] : rows) {
    const Compiled compiled = compile_some(yaml);
    EXPECT_EQ(rendered(compiled), expected);
    EXPECT_TRUE(compiled.policy.rules.empty());
  }
}

TEST(Definitions, MacrosOfOtherSourcesAreWarningsUntilUsed) {
  const std::string macro = "- {macro: m, condition: ka.verb = get}\n- {macro: n, condition: m}\n";
  const std::string other = "- {rule: K, desc: d, condition: m, output: o, priority: INFO, source: k8s_audit}\n";
  EXPECT_FALSE(has_errors(compile_some(macro + other + rule("proc.pid = 1")).diagnostics));
  const Compiled used = compile_some(macro + rule("n") + rule("n", "x", "S"));
  EXPECT_EQ(used.diagnostics.size(), 1u) << rendered(used);
  EXPECT_TRUE(has_errors(used.diagnostics));
}

// 2^40 checks in forty lines.
TEST(Definitions, MacrosThatDoubleEachOtherAreRefused) {
  std::string yaml = "- {macro: m0, condition: proc.pid = 1}\n";
  for (int i = 1; i <= 40; ++i) {
    const std::string before = "m" + std::to_string(i - 1);
    yaml += "- {macro: m" + std::to_string(i) + ", condition: " + before + " or " + before + "}\n";
  }
  const Compiled compiled = compile_some(yaml + rule("m40"));
  ASSERT_EQ(compiled.diagnostics.size(), 1u);
  EXPECT_EQ(compiled.diagnostics[0].message, "with its macros and lists the condition has more than 1,000,000 parts");
}

TEST(Definitions, MacrosThatNestTooDeepAreRefused) {
  std::string nots;
  for (int i = 0; i < 600; ++i) nots += "not ";
  const Compiled compiled = compile_some("- {macro: m, condition: " + nots + "proc.pid = 1}\n" + rule(nots + "m"));
  ASSERT_EQ(compiled.diagnostics.size(), 1u);
  EXPECT_EQ(compiled.diagnostics[0].message, "with its macros the condition is nested more than 1,000 deep");
}

// Chains of names are followed without recursion.
TEST(Definitions, LongChainsOfNamesAreFine) {
  std::string yaml = "- {macro: m0, condition: proc.name in (l0)}\n";
  const int length = 20'000;
  for (int i = 0; i < length; ++i) {
    const std::string name = std::to_string(i), next = std::to_string(i + 1);
    yaml += "- {list: l" + name + ", items: [l" + next + "]}\n";
  }
  yaml += "- {list: l" + std::to_string(length) + ", items: [end]}\n";
  EXPECT_EQ(bound(yaml + rule("m0")), "proc.name in (end)");
}

TEST(Definitions, TooManyItemsAreRefused) {
  policy::Documents documents;
  const auto file = std::make_shared<const policy::SourceFile>("test.yaml", "big");
  policy::List list{{"big", file, 0, {0, 1, 2}, {}}, {}};
  for (std::size_t i = 0; i <= kMaxListItems; ++i) list.items.push_back({std::to_string(i), file, 0, {}, {}});
  documents.lists.put(list);
  EXPECT_EQ(rendered(compile(documents)),
            "test.yaml:1:1: error: list 'big' has more than 100,000 items\n    1 | big\n      | ^~~\n");
  list.items.pop_back();
  documents.lists.put(list);
  EXPECT_TRUE(compile(documents).diagnostics.empty());
}

}  // namespace
}  // namespace picket
