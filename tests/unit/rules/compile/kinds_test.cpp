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

std::string kinds_of(std::string_view condition) {
  policy::Documents documents;
  policy::load_text("r.yaml",
                    "- {rule: r, desc: d, output: o, priority: info, condition: '" + std::string(condition) + "'}\n",
                    documents);
  const Compiled compiled = compile(documents);
  if (compiled.policy.rules.empty()) return "errors";
  std::string text;
  for (unsigned kind = 0; kind < kKindEnd; ++kind) {
    if (!compiled.policy.rules[0].kinds.contains(static_cast<Kind>(kind))) continue;
    if (!text.empty()) text += ' ';
    text += kind_name(static_cast<Kind>(kind));
  }
  return text;
}

TEST(Kinds, OfConditions) {
  constexpr std::string_view kAll = "fork exec exit open connect loss cgroup_mkdir cgroup_rmdir container";
  constexpr std::string_view kCalls =
      "fork exec exit open connect cgroup_mkdir cgroup_rmdir container";  // kinds that have an evt.type
  const struct {
    std::string_view condition, kinds;
  } rows[] = {
      // evt.type
      {"evt.type = openat", "open"},
      {"evt.type in (open, execve)", "exec open"},
      {"evt.type = io_uring", "open connect"},
      {"evt.type exists", kCalls},
      {"evt.type startswith exec", kCalls},
      {"evt.type in ()", ""},
      // != holds for the other names of a kind; procexit is the only name of exit
      {"evt.type != openat", kCalls},
      {"evt.type != procexit", "fork exec open connect cgroup_mkdir cgroup_rmdir container"},
      {"not evt.type = procexit", "fork exec open connect loss cgroup_mkdir cgroup_rmdir container"},
      {"not evt.type != procexit", "exit loss"},
      {"not evt.type = openat", kAll},
      {"not evt.type in (execve, execveat)", "fork exit open connect loss cgroup_mkdir cgroup_rmdir container"},
      {"not evt.type in (execve)", kAll},
      {"not evt.type exists", kAll},
      // fields that only some kinds have
      {"fd.sip = 10.0.0.1", "connect"},
      {"fd.name startswith /etc", "open connect"},
      {"not fd.name startswith /etc", kAll},
      {"fd.name in ()", ""},
      {"not fd.name in ()", kAll},
      {"evt.time exists", kAll},
      // and, or, not
      {"evt.type = openat and proc.name = x", "open"},
      {"evt.type = openat or fd.sip = 10.0.0.1", "open connect"},
      {"evt.type = execve and fd.name = x", ""},
      {"evt.type = execve and not fd.name = x", "exec"},
      {"not (evt.type = procexit or fd.name = x)", "fork exec open connect loss cgroup_mkdir cgroup_rmdir container"},
      {"not (evt.type = procexit and proc.name = x)", kAll},
      {"not (evt.type in (execve, execveat) or not fd.name exists)", "open connect"},
      {"(evt.type = openat or evt.type = execve) and (fd.name = x or proc.name = y)", "exec open"},
      {"not not evt.type = execve", "exec"},
  };
  for (const auto& [condition, kinds] : rows) EXPECT_EQ(kinds_of(condition), kinds) << condition;
}

}  // namespace
}  // namespace picket
