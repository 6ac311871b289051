// SPDX-License-Identifier: Apache-2.0
//
// What the tests of the compiler share: a rule as text, and its bound condition.
#pragma once

#include <string>
#include <string_view>

#include "tests/support/compile.h"

namespace picket::test {

inline std::string rule(std::string_view condition, std::string_view output = "x", std::string_view name = "R") {
  return "- rule: " + std::string(name) + "\n  desc: d\n  condition: >\n    " + std::string(condition) +
         "\n  output: '" + std::string(output) + "'\n  priority: INFO\n";
}

// The bound condition of the only rule, or the findings.
inline std::string bound(const std::string& yaml) {
  const Compiled compiled = compile_some(yaml);
  const bool good = compiled.policy.rules.size() == 1 && compiled.diagnostics.empty();
  return good ? print(*compiled.policy.rules.front().condition) : rendered(compiled);
}

}  // namespace picket::test
