// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/plan.h"

#include <gmock/gmock.h>

#include "rules/plan/judge.h"
#include "tests/support/compile.h"

namespace picket {
namespace {

TEST(Plan, First) {
  const Compiled compiled = test::compile_text(R"(
- rule: A
  desc: d
  output: x
  priority: INFO
  condition: evt.type in (open, openat, openat2, creat, open_by_handle_at, io_uring) and evt.is_open_write=true and fd.name pmatch (/etc, /usr/bin) and not proc.name in (apt, dpkg)
- rule: B
  desc: d
  output: x
  priority: INFO
  condition: evt.type = connect and fd.sport in (22, 23) and proc.exepath != /usr/bin/ssh
)");
  Plan made = plan(compiled.policy, {Mode::Observe, 1});
  for (const PlannedConjunct& one : made.conjuncts) {
    printf("%u %s rule %zu %s\n", one.number, std::string(kind_name(one.kind)).c_str(), one.rule,
           one.complete ? "complete" : "");
    for (const PlannedPart& part : one.parts)
      printf("    %s: %s %s\n", part.lane.c_str(), part.text.c_str(), part.reason.c_str());
  }
}

}  // namespace
}  // namespace picket
