// SPDX-License-Identifier: Apache-2.0
//
// The Matcher against the oracle: random rules over random events, and each event has to match the same rules in the
// same order. Literals and values are of few letters and come from the same small stock, so that about half of what is
// compared is equal.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "rules/compile/compile.h"
#include "rules/match/match.h"
#include "tests/support/random_condition.h"
#include "tests/unit/rules/builtin/scene.h"

namespace picket {
namespace {

using test::random_condition;
using test::Scene;

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  std::string rules(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      text += "- rule: R" + std::to_string(i) + "\n  desc: d\n  output: x\n  priority: INFO\n  condition: >\n    " +
              condition(3) + "\n";
    }
    return text;
  }

  Scene scene() {
    const std::string name = word(), path = "/" + word();
    Scene scene = one_of(3) == 0   ? Scene::exec()
                  : one_of(2) == 0 ? Scene::open(this->path(), one_of(3))
                                   : Scene::connect(address(), static_cast<pk_u16>(number()));
    scene.by(name, path, word() + " " + this->path() + (one_of(4) == 0 ? std::string("\xff\xfe") : ""));
    const int above = one_of(3);
    for (int i = 0; i < above; ++i) scene.under(word(), this->path());
    scene.with([this](Process& process) { process.uid = static_cast<std::uint32_t>(one_of(3)); });
    return scene;
  }

 private:
  int one_of(int count) { return std::uniform_int_distribution<int>(0, count - 1)(random_); }

  template <class Choices>
  auto any(const Choices& choices) {
    return std::string(choices[static_cast<std::size_t>(one_of(static_cast<int>(std::size(choices))))]);
  }

  // Of few letters, and mostly short; now and then long enough for every size of gram.
  std::string word() {
    static constexpr const char* kWords[] = {"a", "b", "ab", "Ab", "abab", "bAbab", "abababab", "babaAbabab", "k"};
    return any(kWords);
  }
  std::string path() {
    std::string path;
    for (int parts = 1 + one_of(3); parts > 0; --parts) path += (one_of(8) == 0 ? "//" : "/") + word();
    return path + (one_of(6) == 0 ? "/" : "");
  }
  std::string address() {
    return one_of(4) == 0 ? "2001:db8::" + std::to_string(1 + one_of(3))
                          : "10.0." + std::to_string(one_of(2)) + "." + std::to_string(1 + one_of(3));
  }
  int number() { return 1 + one_of(4); }

  std::string text_term() {
    static constexpr const char* kTerms[] = {
        "proc.name",    "proc.cmdline",  "proc.exepath",       "fd.name",       "proc.pname",
        "proc.aname",   "proc.args",     "tolower(proc.name)", "proc.aname[2]", "basename(fd.name)",
        "fd.directory", "proc.aexepath", "toupper(proc.args)"};
    return any(kTerms);
  }

  std::string literal() {
    const std::string text = one_of(2) == 0 ? word() : path();
    return "\"" + text + "\"";
  }

  std::string pattern() {
    static constexpr const char* kParts[] = {"*", "?", "a", "/", "ab", "[ab]", "b*", "/a*", "abab", "[!a]", "\\\\a"};
    std::string text;
    for (int parts = 1 + one_of(4); parts > 0; --parts) text += any(kParts);
    return "\"" + text + "\"";
  }

  std::string expression() {
    static constexpr const char* kExpressions[] = {
        ".*abab.*", "(a|b)+", "/?a.*",    ".*(abab|baba|k).*", ".*[Aa]bab.*",      "ab|.*babab$",
        ".*",       "",       "[^b]*a.*", ".*aba(b|k)ab.*",    ".*\xef\xbf\xbd.*", "(abab)?k?.*"};
    return "\"" + any(kExpressions) + "\"";
  }

  template <class Make>
  std::string several(Make make) {
    std::string list = "(";
    const int count = 1 + one_of(3);
    for (int i = 0; i < count; ++i) list += (i ? ", " : "") + make();
    return list + ")";
  }

  std::string text_check() {
    static constexpr const char* kOne[] = {"=", "!=", "startswith", "endswith", "contains", "icontains", "<", ">="};
    static constexpr const char* kMany[] = {"in", "intersects", "pmatch"};
    static constexpr const char* kModifiers[] = {"anyof", "allof", "oneof"};
    static constexpr const char* kModified[] = {"startswith", "endswith", "contains", "icontains"};
    const auto one = [this] { return literal(); };
    const auto glob = [this] { return pattern(); };
    const std::string term = text_term();
    switch (one_of(8)) {
      case 0:
        return term + " " + any(kMany) + " " + several(one);
      case 1:
        return term + " pmatch " + several(glob);
      case 2:
        return term + (one_of(2) ? " glob " : " iglob ") + pattern();
      case 3:
        return term + " regex " + expression();
      case 4:
        return term + " " + any(kModified) + " " + any(kModifiers) + " " + several(one);
      case 5:
        return term + " = val(proc.name)";
      default: {
        const std::string op = any(kOne);
        // Order is for numbers.
        return op == "<" || op == ">=" ? "user.uid " + op + " " + std::to_string(one_of(3))
                                       : term + " " + op + " " + literal();
      }
    }
  }

  std::string check() {
    const auto port = [this] { return std::to_string(number()); };
    const auto network = [this] { return "\"" + address() + "\""; };
    switch (one_of(10)) {
      case 0:
        return "fd.sport in " + several(port);
      case 1:
        return "fd.sip = \"" + address() + "\"";
      case 2:
        return "fd.snet in " + several(network);
      case 3:
        return one_of(2) ? "fd.net in (10.0." + std::to_string(one_of(2)) + ".0/24, 2001:db8::/64)"
                         : std::string("fd.net in (10.0.0.0/23, 2001:db8::/61)");
      case 4:
        return one_of(2) ? "evt.type = openat" : "evt.type in (execve, connect)";
      case 5:
        return one_of(2) ? "evt.is_open_write = true" : "user.uid = " + std::to_string(one_of(3));
      case 6:
        return any(std::vector<std::string>{"fd.name exists", "proc.pname exists", "fd.rip != \"10.0.0.1\""});
      default:
        return text_check();
    }
  }

  std::string condition(int depth) {
    return random_condition(
        depth, [this](int count) { return one_of(count); }, [this] { return check(); });
  }

  std::mt19937 random_;
};

std::vector<std::string> by_oracle(const Policy& policy, const Event& event, Scratch& scratch) {
  std::vector<std::string> names;
  for (const Rule& rule : policy.rules) {
    if (rule.kinds.contains(event.kind()) && evaluate(*rule.condition, event, scratch)) names.push_back(rule.name);
  }
  return names;
}

TEST(Agreement, OfMatcherAndOracle) {
  std::size_t matches = 0, tried = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    Maker maker(seed);
    policy::Documents documents;
    policy::load_text("r.yaml", maker.rules(seed % 4 == 0 ? 5 : 120), documents);
    const Compiled compiled = compile(documents);
    for (const Diagnostic& diagnostic : compiled.diagnostics) {
      ASSERT_NE(Severity::Error, diagnostic.severity) << render(diagnostic);
    }
    Matcher matcher(compiled.policy);
    test::FakeNames names;
    for (int i = 0; i < 60; ++i) {
      Scratch scratch;
      const Scene scene = maker.scene();
      const Event event = scene.event(names);
      std::vector<std::string> found;
      matcher.each_match(event, scratch, [&found](const Rule& rule) {
        found.push_back(rule.name);
        return true;
      });
      ASSERT_EQ(by_oracle(compiled.policy, event, scratch), found) << "seed " << seed << ", event " << i;
      matches += found.size();
      tried += compiled.policy.rules.size();
    }
  }
  // Neither nothing nor everything: else this shows little.
  EXPECT_GT(matches, tried / 20);
  EXPECT_LT(matches, tried / 2);
}

}  // namespace
}  // namespace picket
