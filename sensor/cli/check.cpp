// SPDX-License-Identifier: Apache-2.0
//
// picket check, and how `run` reads its rules: the same way.
#include <algorithm>
#include <cstdio>

#include "rules/compile/compile.h"
#include "rules/policy/documents.h"
#include "sensor/cli/commands.h"

namespace picket::cli {
namespace {

struct Loaded {
  policy::Documents documents;
  Compiled compiled;
  std::size_t errors = 0;
  std::size_t warnings = 0;
};

Loaded load(const std::vector<std::string>& paths) {
  Loaded loaded;
  loaded.documents = policy::load(paths);
  loaded.compiled = compile(loaded.documents);
  for (const Diagnostic& diagnostic : loaded.compiled.diagnostics) {
    std::fputs(render(diagnostic).c_str(), stderr);
    ++(diagnostic.severity == Severity::Error ? loaded.errors : loaded.warnings);
  }
  return loaded;
}

}  // namespace

LoadedPolicy load_policy(const std::vector<std::string>& paths) {
  Loaded loaded = load(paths);
  return {std::move(loaded.compiled.policy), loaded.errors == 0};
}

ExitCode check(const std::vector<std::string>& paths) {
  const Loaded loaded = load(paths);
  std::printf("%zu rules (%zu enabled), %zu macros, %zu lists: ", loaded.documents.rules.size(),
              loaded.compiled.policy.rules.size(), loaded.documents.macros.size(), loaded.documents.lists.size());
  if (loaded.errors == 0 && loaded.warnings == 0) {
    std::printf("all right\n");
  } else {
    std::printf("%zu errors, %zu warnings\n", loaded.errors, loaded.warnings);
  }
  return loaded.errors == 0 ? ExitCode::Ok : ExitCode::Rules;
}

}  // namespace picket::cli
