// SPDX-License-Identifier: Apache-2.0
//
// Conditions and outputs from their text to what they yield for an event: what the compiler and the matcher make of
// them together.
#include <fnmatch.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

#include "rules/compile/compile.h"
#include "rules/match/glob.h"
#include "rules/match/match.h"
#include "rules/match/output_text.h"
#include "tests/unit/rules/builtin/scene.h"

namespace picket {
namespace {

using test::Scene;

class Meaning : public ::testing::Test {
 protected:
  Compiled compile_rule(const std::string& condition, const std::string& output) {
    policy::Documents documents;
    policy::load_text(
        "r.yaml",
        "- rule: R\n  desc: d\n  priority: INFO\n  output: '" + output + "'\n  condition: |\n    " + condition + "\n",
        documents);
    Compiled compiled = compile(documents);
    for (const Diagnostic& diagnostic : compiled.diagnostics) {
      if (diagnostic.severity == Severity::Error) ADD_FAILURE() << render(diagnostic);
    }
    return compiled;
  }

  bool holds(const std::string& condition, Scene scene) {
    const Compiled compiled = compile_rule(condition, "x");
    return compiled.policy.rules.size() == 1 &&
           evaluate(*compiled.policy.rules[0].condition, scene.event(names_), scratch_);
  }

  std::string output(const std::string& text, Scene scene) {
    const Compiled compiled = compile_rule("proc.pid exists", text);
    OutputText out;
    if (compiled.policy.rules.size() == 1) out.make(compiled.policy.rules[0].output, scene.event(names_), scratch_);
    return std::string(out.text());
  }

  static Scene nc() {
    return Scene::exec().by("nc", "/usr/bin/nc", "-nt 5 -l --exec x host").under("bash", "/bin/bash");
  }

  test::FakeNames names_;
  Scratch scratch_;
};

TEST_F(Meaning, OfConditions) {
  const struct {
    std::string condition;
    bool holds;
  } rows[] = {
      // patterns
      {"proc.exepath glob /usr/*nc", true},
      {"proc.exepath glob /usr/?in/n[a-d]", true},
      {"proc.exepath glob /usr/*/NC", false},
      {"proc.exepath iglob /USR/*/NC", true},
      {"proc.exepath regex \"/usr/.*\"", true},
      {"proc.exepath regex \"usr\"", false},
      {"proc.exepath regex \"(/usr)?/(bin|sbin)/[[:alpha:]]+\"", true},
      {"proc.exepath pmatch (/etc, /usr/)", true},
      {"proc.exepath pmatch (/us)", false},
      {"proc.exepath pmatch (/*/bin)", true},
      {"proc.exepath pmatch (usr)", false},
      {"proc.exepath pmatch (/)", true},
      {"proc.exepath icontains BIN", true},
      {"proc.exepath bcontains 2f6e63", true},
      {"proc.exepath bstartswith 2F757372", true},
      {"proc.exepath bstartswith 00", false},
      {"proc.exepath startswith oneof (/usr, /etc)", true},
      {"proc.exepath contains allof (usr, nc)", true},
      // functions
      {"tolower(proc.name) = nc and toupper(proc.name) = NC", true},
      {"basename(proc.exepath) = nc", true},
      {"basename(proc.exepath) = val(proc.name)", true},
      {"proc.name = basename(proc.exepath)", true},
      {"proc.name = val(proc.pname)", false},
      {"proc.pname != val(proc.name)", true},
      {"len(proc.name) = 2", true},
      {"len(proc.exepath) > len(proc.name)", true},
      {"len((proc.name, proc.exepath, \"x\")) = 3", true},
      {"join(\"-\", (proc.name, \"x\", proc.pname)) = nc-x-bash", true},
      {"concat(proc.name, \"/\", proc.pname) = nc/bash", true},
      {"concat(proc.name, proc.aname[5]) exists", false},
      {"b64(\"bmM=\") = nc and b64(\"bmM\") = val(proc.name)", true},
      {"b64(\"b$M\") exists", false},
      {"toupper(concat(b64(\"bmM\"), \"x\")) = NCX", true},
      // options: n, and t with a value; l is not asked for; long ones are none
      {"getopt(proc.args, \"nt:\") intersects (t)", true},
      {"getopt(proc.args, \"nt:\") in (n, t)", true},
      {"getopt(proc.args, \"nt:\") in (t)", false},
      {"getopt(proc.args, \"nt:l\") intersects (e, x)", false},
      {"getopt(proc.args, \"nt:\")[t] = 5", true},
      {"getopt(proc.args, \"nt:\")[t] = 6", false},
      {"getopt(proc.args, \"nt:\")[n] = \"\"", true},
      {"getopt(proc.args, \"nt:\")[x] exists", false},
      {"join(\"+\", getopt(proc.args, \"nlt:\")) = n+t+l", true},
      {"len(getopt(proc.args, \"nlt:\")) = 3", true},
      // a name is what the kernel keeps of it: 15 bytes, and a longer literal is another name
      {"proc.aname = bash and not proc.aname = nc", true},
  };
  for (const auto& [condition, expected] : rows) EXPECT_EQ(holds(condition, nc()), expected) << condition;
}

TEST_F(Meaning, NamesOfProcessesHaveFifteenBytes) {
  const Scene scene = Scene::exec().by("systemd-journal", "/lib/systemd/systemd-journald");
  EXPECT_TRUE(holds("proc.name = systemd-journal", scene));
  EXPECT_FALSE(holds("proc.name = systemd-journald", scene));
  EXPECT_TRUE(holds("proc.name startswith systemd-j", scene));
}

TEST_F(Meaning, OfBothEnds) {
  const Scene scene = Scene::connect("10.1.2.3", 443).by("nc", "/bin/nc");
  EXPECT_TRUE(holds("fd.ip = 10.1.2.3", scene));
  EXPECT_FALSE(holds("fd.ip != 10.1.2.3", scene));
  EXPECT_TRUE(holds("fd.ip != 10.1.2.4", scene));
  EXPECT_TRUE(holds("fd.ip != ::1", scene));
  EXPECT_TRUE(holds("fd.port in (80, 443)", scene));
  EXPECT_FALSE(holds("fd.port != 443", scene));
  EXPECT_FALSE(holds("fd.ip exists", nc()));
}

TEST_F(Meaning, OfOutputs) {
  const struct {
    std::string output, expected;
  } rows[] = {
      {"*%proc.name|%5proc.name|%1proc.name|", "nc|nc   |n|"},
      {"%toupper(proc.name)%proc.pname", "NCbash"},
      {"%6concat(proc.name, \"-\")| %tolower(proc.aname[7]).", "nc-   | <NA>."},
      {"%getopt(proc.args, \"ntl\")", "(n,t,l)"},
  };
  for (const auto& [text, expected] : rows) {
    EXPECT_EQ(output(text, nc()), expected) << text;
  }
}

// The same as the C library's, on random patterns of the bytes that have a meaning.
TEST(Glob, IsFnmatch) {
  std::mt19937 random(1);
  const auto text = [&random](std::string_view alphabet, std::size_t size) {
    std::string made;
    for (std::size_t i = random() % size; i > 0; --i) made += alphabet[random() % alphabet.size()];
    return made;
  };
  for (int i = 0; i < 200'000; ++i) {
    const std::string pattern = text("ab*?/[]!-", 8), subject = text("ab/.-]", 6);
    ASSERT_EQ(glob_matches(pattern, subject, Case::Exact), fnmatch(pattern.c_str(), subject.c_str(), 0) == 0)
        << pattern << ' ' << subject;
  }
}

TEST(Glob, Examples) {
  const struct {
    std::string_view pattern, text;
    bool exact, folded;
  } rows[] = {
      {"*", "", true, true},
      {"", "a", false, false},
      {"/etc/*", "/etc/a/b", true, true},
      {"[[:digit:]]x", "4x", true, true},
      {"[[:upper:]]", "a", false, true},
      {"[a-c]", "B", false, true},
      {"[!a]", "b", true, true},
      {"[^a]", "a", false, false},
      {"[]a]", "]", true, true},
      {"\\*", "*", true, true},
      {"\\*", "x", false, false},
      {"[", "[", true, true},
      {"a\\", "a", false, false},
      {"*.CONF", "x.conf", false, true},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(glob_matches(row.pattern, row.text, Case::Exact), row.exact) << row.pattern;
    EXPECT_EQ(glob_matches(row.pattern, row.text, Case::Folded), row.folded) << row.pattern;
  }
}

}  // namespace
}  // namespace picket
