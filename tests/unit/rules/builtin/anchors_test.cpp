// SPDX-License-Identifier: Apache-2.0
//
// What the Matcher goes by when it leaves rules out: the anchors of conditions, and what that saves.
#include "rules/match/anchors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "rules/compile/compile.h"
#include "rules/match/match.h"
#include "tests/support/made_rules.h"
#include "tests/unit/rules/builtin/scene.h"

namespace picket {
namespace {

using test::Scene;

Compiled compile_text(const std::string& text) {
  policy::Documents documents;
  policy::load_text("r.yaml", text, documents);
  Compiled compiled = compile(documents);
  for (const Diagnostic& diagnostic : compiled.diagnostics) {
    if (diagnostic.severity == Severity::Error) ADD_FAILURE() << render(diagnostic);
  }
  return compiled;
}

std::string rule(const std::string& name, const std::string& condition) {
  return "- rule: " + name + "\n  desc: d\n  output: x\n  priority: INFO\n  condition: |\n    " + condition + "\n";
}

// The anchors of the last rule.
std::string anchors_in(const std::string& rules) {
  const Compiled compiled = compile_text(rules);
  SharedConditions conditions;
  std::vector<NodeId> roots;
  for (const Rule& each : compiled.policy.rules) roots.push_back(conditions.add(*each.condition));
  conditions.freeze();
  std::vector<std::string> all;
  Anchors anchors(conditions, roots);
  for (const Anchor& anchor : anchors.of(roots.back())) all.push_back(print(anchor, conditions));
  std::sort(all.begin(), all.end());
  std::string text;
  for (const std::string& each : all) text += (text.empty() ? "" : "; ") + each;
  return text;
}

TEST(Anchors, OfConditions) {
  const struct {
    std::string condition, anchors;
  } rows[] = {
      {"proc.name = sh", "proc.name = sh"},
      {"proc.name in (b, a)", "proc.name = a; proc.name = b"},
      {"fd.name startswith /etc/", "fd.name startswith /etc/"},
      {"fd.name endswith .so", "fd.name endswith .so"},
      {"proc.cmdline contains Nc-E", "proc.cmdline icontains nc-e"},
      {"proc.cmdline icontains Nc-E", "proc.cmdline icontains nc-e"},
      {"proc.cmdline bcontains 6e63", "proc.cmdline icontains nc"},
      {"fd.name bstartswith 2f65", "fd.name startswith /e"},
      {"fd.name pmatch (/etc//ssh/, /opt)", "fd.name pmatch /etc//ssh; fd.name pmatch /opt"},
      {"fd.name pmatch (//etc)", "fd.name pmatch /etc"},
      {"fd.name pmatch (/home/*/.ssh)", "fd.name pmatch /home"},
      {"fd.name pmatch (/*/authorized_keys)", "fd.name icontains authorized_keys"},
      {"fd.name pmatch (/)", ""},
      {"fd.name glob '/etc/*'", "fd.name startswith /etc/"},
      {"fd.name glob '/etc/passwd'", "fd.name = /etc/passwd"},
      {"fd.name glob '/e*authorized_Keys'", "fd.name icontains authorized_keys"},
      {"fd.name glob '/et\\\\*c?'", "fd.name startswith /et*c"},
      {"fd.name glob '*[abc]xyz'", ""},
      {"fd.name iglob '/ETC/*'", "fd.name icontains /etc/"},
      {"fd.name glob '*'", ""},
      {"proc.cmdline regex '.*(base64|xxd).*-d.*'", "proc.cmdline icontains base64; proc.cmdline icontains xxd"},
      {"proc.cmdline regex '[a-z]+'", "proc.cmdline regex [a-z]+"},
      {"user.uid = 5", "user.uid = 5"},
      {"evt.rawres = -13", "evt.rawres = -13"},
      {"fd.sport in (80, 22)", "fd.sport = 22; fd.sport = 80"},
      {"fd.sip = 10.1.2.3", "fd.sip in 10.1.2.3/32"},
      {"fd.snet in (10.1.0.0/16)", "fd.snet in 10.1.0.0/16"},
      // what any value may pass, or none
      {"proc.name != sh", ""},
      {"proc.name exists", ""},
      {"not proc.name = sh", ""},
      {"user.uid > 5", ""},
      {"evt.is_open_write = true", ""},
      {"evt.type = openat", ""},
      {"proc.name = val(proc.pname)", ""},
      {"proc.cmdline contains ''", ""},
      {"proc.cmdline contains anyof (long_text, '')", ""},
      // of several ways the rarest
      {"proc.name = sh and fd.name startswith /etc", "proc.name = sh"},
      {"proc.cmdline contains x and fd.name startswith /etc/shadow", "fd.name startswith /etc/shadow"},
      {"proc.cmdline contains allof (a, long_text)", "proc.cmdline icontains long_text"},
      {"proc.cmdline contains anyof (one, two)", "proc.cmdline icontains one; proc.cmdline icontains two"},
      {"proc.name = a or fd.name = /b", "fd.name = /b; proc.name = a"},
      {"proc.name = a or proc.name exists", ""},
      {"(proc.name = a or proc.name exists) and user.uid = 1", "user.uid = 1"},
      {"proc.name in (a, b, c, d, e) and proc.cmdline contains long_text", "proc.cmdline icontains long_text"},
  };
  for (const auto& row : rows) EXPECT_EQ(row.anchors, anchors_in(rule("R", row.condition))) << row.condition;
}

TEST(Anchors, PreferWhatFewRulesHave) {
  std::string rules;
  for (int i = 0; i < 9; ++i) {
    rules += rule("R" + std::to_string(i), "proc.name = bash and proc.cmdline contains some_text_" + std::to_string(i));
  }
  EXPECT_EQ("proc.cmdline icontains some_text_8", anchors_in(rules));
}

// ---- what that saves: the work of an event, exactly ----

struct Work {
  std::uint64_t rules = 0, checks = 0;
  std::size_t matches = 0;
};

Work work_with(int rules) {
  const Compiled compiled = compile_text(test::MadeRules().yaml(rules));
  Matcher matcher(compiled.policy);
  test::FakeNames names;
  Work work;
  for (const Scene& scene : {Scene::exec().by("grep", "/usr/bin/grep", "-rn evaluate src"),
                             Scene::exec().by("bash", "/usr/bin/bash", "-c cd /srv/www && ls -l | sort -k5 | tail"),
                             Scene::open("/usr/lib/x86_64-linux-gnu/libcrypto.so.3", 0).by("curl", "/usr/bin/curl"),
                             Scene::open("/home/me/.cache/thumbnails/x", 1).by("sh", "/bin/sh"),
                             Scene::connect("93.184.216.34", 443).by("curl", "/usr/bin/curl")}) {
    Scratch scratch;
    matcher.each_match(scene.event(names), scratch, [&work](const Rule&) { return ++work.matches > 0; });
  }
  work.rules = matcher.rules_tried();
  work.checks = matcher.checks_evaluated();
  return work;
}

TEST(Anchors, MakeTheWorkOfAnEventIndependentOfTheNumberOfRules) {
  const Work few = work_with(100), many = work_with(10'000);
  EXPECT_EQ(1u, few.matches);
  EXPECT_EQ(1u, many.matches);
  EXPECT_LT(few.rules, 30u);
  EXPECT_LT(many.rules, 2 * few.rules);
  EXPECT_LT(many.checks, 2 * few.checks);
}

}  // namespace
}  // namespace picket
