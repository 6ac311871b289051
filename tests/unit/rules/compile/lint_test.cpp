// SPDX-License-Identifier: Apache-2.0
//
// What `picket check` says of rules that load: conditions and pairs of rules, with the finding or none.
#include "rules/compile/lint.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace picket {
namespace {

std::string rule(const std::string& name, const std::string& condition) {
  return "- rule: " + name + "\n  desc: d\n  output: x\n  priority: INFO\n  condition: |\n    " + condition + "\n";
}

std::vector<std::string> findings(const std::string& text) {
  policy::Documents documents;
  policy::load_text("r.yaml", text, documents);
  const Compiled compiled = compile(documents);
  for (const Diagnostic& diagnostic : compiled.diagnostics) {
    if (diagnostic.severity == Severity::Error) ADD_FAILURE() << render(diagnostic);
  }
  std::vector<std::string> messages;
  for (const Diagnostic& diagnostic : lint(documents, compiled)) {
    EXPECT_EQ(Severity::Warning, diagnostic.severity);
    messages.push_back(std::to_string(diagnostic.where.line) + ": " + diagnostic.message);
  }
  return messages;
}

TEST(Lint, Constants) {
  const struct {
    std::string condition, finding;
  } rows[] = {
      {"proc.name = a", ""},
      {"proc.name = a and proc.pname = b", ""},
      {"proc.name = a and proc.name = b", "never match: 'proc.name = a' and 'proc.name = b' exclude each other"},
      {"proc.name in (a, b) and user.uid = 0 and proc.name in (c, d)",
       "never match: 'proc.name in (a, b)' and 'proc.name in (c, d)' exclude each other"},
      {"proc.name in (a, b) and proc.name in (b, c)", ""},
      {"proc.aname = a and proc.aname = b", ""},
      {"proc.name = sshd and not proc.name startswith ssh",
       "never match: 'proc.name = sshd' and 'not proc.name startswith ssh' exclude each other"},
      {"fd.name startswith /etc/ and fd.name startswith /usr/",
       "never match: 'fd.name startswith /etc/' and 'fd.name startswith /usr/' exclude each other"},
      {"fd.name startswith /etc/ and fd.name startswith /etc/ssh", ""},
      {"(proc.name = a or proc.name = b) and proc.name = c",
       "never match: 'proc.name = a or proc.name = b' and 'proc.name = c' exclude each other"},
      {"proc.name in ()", ""},  // compile() says that
      {"user.uid < 0", "never match: 'user.uid < 0' never holds"},
      {"proc.name = a or not proc.name = a", "this rule matches every event: its condition always holds"},
      {"not (proc.name = a and proc.name = b)", "this rule matches every event: its condition always holds"},
      {"proc.name = a or proc.name != a", ""},  // not when it is missing
      {"fd.net = 10.0.0.0/8 and fd.net = 10.1.0.0/16", ""},
  };
  for (const auto& row : rows) {
    const auto found = findings(rule("R", row.condition));
    if (row.finding.empty()) {
      EXPECT_TRUE(found.empty()) << row.condition << ": " << found.front();
    } else {
      ASSERT_EQ(1u, found.size()) << row.condition;
      EXPECT_NE(std::string::npos, found.front().find(row.finding)) << found.front();
    }
  }
}

TEST(Lint, Shadows) {
  const struct {
    std::string earlier, later;
    bool hidden;
  } rows[] = {
      {"evt.type = execve and proc.name = a", "evt.type = execve and proc.name = a and user.uid = 0", true},
      {"evt.type = execve and proc.name = a and user.uid = 0", "evt.type = execve and proc.name = a", false},
      {"evt.type in (execve, execveat)", "evt.type = execve and proc.name = a", true},
      {"evt.type = openat", "evt.type = openat and proc.name = a", true},
      {"evt.type = openat", "evt.type in (openat, open) and proc.name = a", false},
      {"evt.type = execve and proc.name in (a, b)", "evt.type = execve and proc.name = b", true},
      {"evt.type = execve and proc.name in (a, b)", "evt.type = execve and proc.name in (b, c)", false},
      {"evt.type = openat and fd.name startswith /etc", "evt.type = openat and fd.name = /etc/shadow", true},
      {"evt.type = openat and fd.name startswith /etc", "evt.type = openat and fd.name startswith /etc/ssh", true},
      {"evt.type = openat and fd.name contains tc/s", "evt.type = openat and fd.name startswith /etc/ssh", true},
      {"evt.type = openat and fd.name endswith .so", "evt.type = openat and fd.name in (/a.so, /b.so)", true},
      {"evt.type = openat and not proc.name = a", "evt.type = openat and proc.name = b", true},
      {"evt.type = openat and not proc.name = a", "evt.type = openat and user.uid = 0", false},
      {"evt.type = openat and not proc.name = a", "evt.type = openat and not proc.name in (a, b)", true},
      {"evt.type = openat and not proc.name in (a, b)", "evt.type = openat and not proc.name = a", false},
      {"evt.type = openat and (proc.name = a or proc.name = b)", "evt.type = openat and proc.name = b", true},
      {"evt.type = openat and fd.name exists", "evt.type = openat and fd.name = /x", true},
      {"evt.type = openat and (user.uid = 0 or proc.name = a)", "evt.type = openat and user.uid = 1", false},
      {"evt.type = openat and fd.name regex '/a.*'", "evt.type = openat and fd.name regex '/a.*' and user.uid = 1",
       true},
      {"evt.type = openat and proc.aname = a", "evt.type = openat and proc.aname in (a)", true},
  };
  for (const auto& row : rows) {
    const auto found = findings(rule("Earlier", row.earlier) + rule("Later", row.later));
    EXPECT_EQ(row.hidden ? 1u : 0u, found.size()) << row.earlier << " / " << row.later;
    if (!found.empty()) {
      EXPECT_EQ("7: this rule never alerts: every event that it matches matches 'Earlier' before it, at r.yaml:1",
                found.front());
    }
  }
}

// These leave events to later rules, or report besides them.
TEST(Lint, ShadowsOfOtherSorts) {
  const std::string all = "evt.type = openat", some = "evt.type = openat and proc.name = a";
  EXPECT_EQ(1u, findings(rule("A", all) + rule("B", some)).size());
  EXPECT_EQ(0u, findings(rule("A", all) + "  threshold: {count: 3, within: 1m}\n" + rule("B", some)).size());
  EXPECT_EQ(0u,
            findings(rule("A", all) + rule("B", some) + "  sequence: {after: [A], by: process, within: 1m}\n").size());
  EXPECT_EQ(0u, findings(rule("A", all) + "  enabled: false\n" + rule("B", some)).size());
}

TEST(Lint, DenialsOfTheUnknown) {
  const struct {
    std::string condition, left;  // left: what may have no value; empty: nothing is said
  } rows[] = {
      {"evt.type = execve and proc.name = a", ""},
      {"evt.type = execve and not proc.pname = a", "proc.pname"},
      {"evt.type = execve and not proc.pname = a and proc.pname exists", ""},
      {"evt.type = execve and not (proc.pname exists and proc.pname = a)", ""},
      {"evt.type = execve and (not proc.pname = a or not proc.pname exists)", ""},
      {"evt.type = execve and not proc.pname = a and proc.name exists", "proc.pname"},
      {"evt.type = execve and not (proc.name = a and not proc.pname = b)", "proc.name"},
      {"evt.type = openat and not open.flags = 0", ""},
      {"evt.type = openat and not open.path startswith /x", "open.path"},
      {"proc.name = a and not evt.type = openat", ""},
      {"evt.type = execve and proc.pname != a", ""},
  };
  for (const auto& row : rows) {
    EXPECT_TRUE(findings(rule("R", row.condition)).empty()) << "it only alerts: " << row.condition;
    const auto found = findings(rule("R", row.condition) + "  action: deny\n");
    ASSERT_EQ(row.left.empty() ? 0u : 1u, found.size()) << row.condition;
    if (!found.empty()) {
      EXPECT_NE(std::string::npos, found.front().find("also denies when '" + row.left + "'")) << found.front();
    }
  }
}

TEST(Lint, Unused) {
  const auto found = findings(
      "- list: inner\n  items: [a]\n- list: outer\n  items: [inner]\n- list: idle\n  items: [b]\n"
      "- macro: low\n  condition: proc.name in (outer)\n- macro: high\n  condition: low\n"
      "- macro: loose\n  condition: proc.name = z\n" +
      rule("R", "high"));
  EXPECT_EQ((std::vector<std::string>{"11: macro 'loose' is used by no rule", "5: list 'idle' is used by no rule"}),
            found);
}

// 10,000 rules that are much alike are not compared for ever, and that is said.
TEST(Lint, IsBounded) {
  std::string text;
  for (int i = 0; i < 4000; ++i) {
    text +=
        rule("R" + std::to_string(i), "evt.type = openat and fd.name = /x" + std::to_string(i) + " and user.uid = 0");
  }
  const auto found = findings(text);
  ASSERT_EQ(1u, found.size());
  EXPECT_NE(std::string::npos, found.front().find("so many rules are not all compared")) << found.front();
}

}  // namespace
}  // namespace picket
