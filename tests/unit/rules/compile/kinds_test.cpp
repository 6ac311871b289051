// SPDX-License-Identifier: Apache-2.0
//
// Conditions and the kinds of event they can be true for.
#include "rules/compile/kinds.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "rules/compile/compile.h"

namespace picket {
namespace {

std::string names_of(KindSet kinds) {
  std::string text;
  for (unsigned kind = 0; kind < kKindEnd; ++kind) {
    if (!kinds.contains(static_cast<Kind>(kind))) continue;
    if (!text.empty()) text += ' ';
    text += kind_name(static_cast<Kind>(kind));
  }
  return text;
}

Compiled compiled_rule(std::string_view condition) {
  policy::Documents documents;
  policy::load_text("r.yaml",
                    "- {rule: r, desc: d, output: o, priority: info, condition: '" + std::string(condition) + "'}\n",
                    documents);
  return compile(documents);
}

std::string kinds_of(std::string_view condition) {
  const Compiled compiled = compiled_rule(condition);
  return compiled.policy.rules.empty() ? "errors" : names_of(compiled.policy.rules[0].kinds);
}

// Failed opens are nobody's business unless a condition asks for failures.
const KindSet kAll = ~KindSet{Kind::open_failed};
const KindSet kCalls =
    kAll & ~KindSet{Kind::loss, Kind::policy, Kind::result, Kind::other_name};  // kinds that have an evt.type

// The kinds that can come through a ring.
const KindSet kRings{Kind::open,    Kind::connect, Kind::unlink,   Kind::rmdir,       Kind::rename, Kind::link,
                     Kind::symlink, Kind::mkdir,   Kind::truncate, Kind::setxattr,    Kind::socket, Kind::bind,
                     Kind::listen,  Kind::accept,  Kind::send,     Kind::unix_connect};

KindSet but(KindSet set, KindSet without) { return set & ~without; }

TEST(Kinds, OfConditions) {
  const KindSet exec{Kind::exec}, exit{Kind::exit}, open{Kind::open};
  const KindSet ends{Kind::connect, Kind::bind, Kind::listen, Kind::accept, Kind::send, Kind::close};
  const KindSet named = open | ends | KindSet{Kind::dup, Kind::unix_connect};
  const struct {
    std::string_view condition;
    KindSet kinds;
  } rows[] = {
      // evt.type
      {"evt.type = openat", open},
      {"evt.type in (open, execve)", exec | open},
      {"evt.type = io_uring", kRings},
      {"evt.type exists", kCalls},
      {"evt.type startswith exec", kCalls},
      {"evt.type in ()", KindSet()},
      // != holds for the other names of a kind; procexit is the only name of exit
      {"evt.type != openat", kCalls},
      {"evt.type != procexit", but(kCalls, exit)},
      {"not evt.type = procexit", but(kAll, exit)},
      {"not evt.type != procexit", exit | but(kAll, kCalls)},
      {"not evt.type = openat", kAll},
      {"not evt.type in (execve, execveat)", but(kAll, exec)},
      {"not evt.type in (execve)", kAll},
      {"not evt.type exists", kAll},
      // fields that only some kinds have
      {"fd.sip = 10.0.0.1", ends},
      {"fd.name startswith /etc", named},
      {"not fd.name startswith /etc", kAll},
      {"fd.name in ()", KindSet()},
      {"not fd.name in ()", kAll},
      {"evt.time exists", kAll},
      // and, or, not
      {"evt.type = openat and proc.name = x", open},
      {"evt.type = openat or fd.sip = 10.0.0.1", open | ends},
      {"evt.type = execve and fd.name = x", KindSet()},
      {"evt.type = execve and not fd.name = x", exec},
      {"not (evt.type = procexit or fd.name = x)", but(kAll, exit)},
      {"not (evt.type = procexit and proc.name = x)", kAll},
      {"not (evt.type in (execve, execveat) or not fd.name exists)", named},
      {"(evt.type = openat or evt.type = execve) and (fd.name = x or proc.name = y)", exec | open},
      {"not not evt.type = execve", exec},
  };
  for (const auto& [condition, kinds] : rows) EXPECT_EQ(kinds_of(condition), names_of(kinds)) << condition;
}

// With evt.type = openat, which an open has and a failed one.
TEST(Kinds, FailedOpensWhenTheyAreAskedFor) {
  const struct {
    std::string_view check;
    bool asked;
  } rows[] = {
      {"proc.name = x", false},
      {"not proc.name = x", false},
      // evt.res
      {"evt.res = EACCES", true},
      {"evt.res in (SUCCESS, ENOENT)", true},
      {"evt.res in (SUCCESS)", false},
      {"evt.res startswith E", true},
      {"evt.res startswith S", false},
      {"evt.res != SUCCESS", true},
      {"evt.res = SUCCESS", false},
      {"not evt.res = SUCCESS", true},
      {"not evt.res != SUCCESS", false},
      {"not evt.res startswith E", false},
      {"not evt.res = EACCES", true},
      {"evt.res exists", true},
      // numbers
      {"evt.rawres < 0", true},
      {"evt.rawres <= -1", true},
      {"evt.rawres = -13", true},
      {"evt.rawres in (0, -13)", true},
      {"evt.rawres >= 0", false},
      {"evt.rawres > 0", false},
      {"evt.rawres = 0", false},
      {"not evt.rawres < 0", false},
      {"not evt.rawres >= 0", true},
      {"fd.num = -1", true},
      {"fd.num < 0", true},
      {"fd.num >= 0", false},
      {"fd.num != -1", false},
      {"not fd.num >= 0", true},
      // truth
      {"evt.failed = true", true},
      {"evt.failed != false", true},
      {"evt.failed = false", false},
      {"not evt.failed = true", false},
      // and, or
      {"(evt.failed = true and proc.name = x)", true},
      {"(evt.failed = true and fd.num >= 0)", false},
      {"(proc.name = x or evt.failed = true)", true},
      {"(proc.name = x or fd.num >= 0)", false},
      {"not (proc.name = x and evt.failed = true)", false},
  };
  for (const auto& [check, asked] : rows) {
    const std::string condition = "evt.type = openat and " + std::string(check);
    EXPECT_EQ(kinds_of(condition), asked ? "open open_failed" : "open") << condition;
  }
}

// Whose ends have to be waited for.
TEST(Kinds, ResultsAreAwaitedOnlyWhenTheyAreAskedFor) {
  const struct {
    std::string_view condition, results;
  } rows[] = {
      {"evt.type = openat", ""},
      {"evt.type = openat and fd.num >= 0", "open"},
      {"evt.type = openat and evt.res = EACCES", "open"},
      {"evt.type in (execve, connect) and evt.res = SUCCESS", "connect"},  // an exec is reported when it has been
      {"evt.type = execve and evt.failed = false", ""},
  };
  for (const auto& [condition, results] : rows) {
    EXPECT_EQ(names_of(compiled_rule(condition).policy.results), results) << condition;
  }
}

}  // namespace
}  // namespace picket
