// SPDX-License-Identifier: Apache-2.0
//
// Rules from text in memory, for tests that link rules/compile.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "rules/compile/compile.h"

namespace picket::test {

// What was said about the rules, as people see it.
inline std::string rendered(const Compiled& compiled) {
  std::string all;
  for (const Diagnostic& diagnostic : compiled.diagnostics) all += render(diagnostic);
  return all;
}

// Rules that are right: the test fails when anything is said about them.
inline Compiled compile_text(const std::string& text) {
  policy::Documents documents;
  policy::load_text("test.yaml", text, documents);
  Compiled compiled = compile(documents);
  EXPECT_EQ("", rendered(compiled));
  return compiled;
}

// Rules some of which may be wrong, or odd: what can be run of them.
inline Compiled compile_some(const std::string& text) {
  policy::Documents documents;
  policy::load_text("test.yaml", text, documents);
  return compile(documents);
}

}  // namespace picket::test
