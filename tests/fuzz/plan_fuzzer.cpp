// SPDX-License-Identifier: Apache-2.0
//
// Any text as the condition of a rule that denies: what compiles can be planned, and the image never keeps back what
// the rule matches, of a few events.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "rules/compile/compile.h"
#include "rules/match/match.h"
#include "rules/plan/judge.h"
#include "rules/plan/plan.h"
#include "tests/support/made_activity.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picket;
  std::string condition(reinterpret_cast<const char*>(data), size);
  std::replace(condition.begin(), condition.end(), '\n', ' ');
  policy::Documents documents;
  policy::load_text(
      "fuzz.yaml",
      "- rule: A\n  desc: d\n  output: x\n  priority: INFO\n  action: deny\n  condition: >\n    " + condition + "\n",
      documents);
  const Compiled compiled = compile(documents);
  if (compiled.policy.rules.empty()) return 0;
  const Rule& rule = compiled.policy.rules.front();
  const Plan made = plan(compiled.policy, {Mode::Enforce, 1});
  const bool exact = made.obstacles.front().empty();
  test::MadeActivity activity(static_cast<unsigned>(size));
  Scratch scratch;
  for (int i = 0; i < 20; ++i) {
    const MadeEvent one = activity.event();
    const Event event = one.event();
    const bool holds = rule.kinds.contains(event.kind()) && evaluate(*rule.condition, event, scratch);
    const pk_verdict verdict = judge(*made.image, event, made.containers->class_of(event.container, *made.image));
    if (holds && !verdict.wanted) std::abort();
    if (holds && exact && verdict.enforce == 0) std::abort();
  }
  return 0;
}
