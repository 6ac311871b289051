// SPDX-License-Identifier: Apache-2.0
//
// Fields that need other kinds of event to be seen: names of hosts come from DNS answers.
#include <gtest/gtest.h>

#include <string>

#include "rules/compile/compile.h"

namespace picket {
namespace {

Policy policy_of(const std::string& condition, const std::string& output) {
  policy::Documents documents;
  policy::load_text("r.yaml",
                    "- {rule: r, desc: d, output: '" + output + "', priority: info, condition: '" + condition + "'}\n",
                    documents);
  Compiled compiled = compile(documents);
  for (const Diagnostic& diagnostic : compiled.diagnostics) ADD_FAILURE() << render(diagnostic);
  return std::move(compiled.policy);
}

TEST(Needs, OfConditionsAndOutputs) {
  const struct {
    const char *condition, *output;
    bool dns;
  } rows[] = {
      {"evt.type = connect and fd.sip.name = a.test", "o", true},
      {"evt.type = connect and not (proc.name = x or fd.rip.name exists)", "o", true},
      {"evt.type = accept", "%fd.cip.name", true},
      {"evt.type = connect and fd.sip = 10.0.0.1", "%fd.name", false},
  };
  for (const auto& row : rows) {
    const Policy policy = policy_of(row.condition, row.output);
    ASSERT_EQ(policy.rules.size(), 1u) << row.condition;
    EXPECT_EQ(policy.kinds.contains(Kind::dns), row.dns) << row.condition;
    EXPECT_FALSE(policy.rules[0].kinds.contains(Kind::dns)) << row.condition;  // it cannot match one
  }
}

}  // namespace
}  // namespace picket
