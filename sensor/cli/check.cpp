// SPDX-License-Identifier: Apache-2.0
//
// picket check, diff, test, list and explain. `run` reads rules the same way (sensor/pipeline/ruleset.h).
#include <algorithm>
#include <cstdio>
#include <utility>

#include "rules/compile/compile.h"
#include "rules/compile/lint.h"
#include "rules/event/text.h"
#include "rules/plan/plan.h"
#include "rules/policy/documents.h"
#include "sensor/cli/commands.h"
#include "sensor/cli/load_results.h"
#include "sensor/cli/print.h"
#include "sensor/cli/rule_diff.h"
#include "sensor/cli/rule_list.h"
#include "sensor/cli/test_rules.h"

namespace picket::cli {
namespace {

struct Loaded {
  policy::Documents documents;
  Compiled compiled;
  std::size_t errors = 0;
  std::size_t warnings = 0;
};

// `prepare` may change the documents before they are compiled. Nothing is counted or printed yet.
template <class Prepare>
Loaded read(const std::vector<std::string>& paths, Prepare prepare) {
  Loaded loaded;
  loaded.documents = policy::load(paths);
  prepare(loaded.documents);
  loaded.compiled = compile(loaded.documents);
  return loaded;
}

void count(Loaded& loaded) {
  loaded.errors = loaded.warnings = 0;
  for (const Diagnostic& diagnostic : loaded.compiled.diagnostics) {
    ++(diagnostic.severity == Severity::Error ? loaded.errors : loaded.warnings);
  }
}

void print_diagnostics(const Loaded& loaded) {
  for (const Diagnostic& diagnostic : loaded.compiled.diagnostics) std::fputs(render(diagnostic).c_str(), stderr);
}

template <class Prepare>
Loaded load(const std::vector<std::string>& paths, Prepare prepare) {
  Loaded loaded = read(paths, prepare);
  count(loaded);
  print_diagnostics(loaded);
  return loaded;
}

constexpr auto kAsTheyAre = [](policy::Documents&) {};

Loaded load(const std::vector<std::string>& paths) { return load(paths, kAsTheyAre); }

}  // namespace

LoadedPolicy load_policy(const std::vector<std::string>& paths) {
  Loaded loaded = load(paths);
  return {std::move(loaded.compiled.policy), loaded.errors == 0};
}

ExitCode check(const std::vector<std::string>& paths, bool json) {
  Loaded loaded = read(paths, kAsTheyAre);
  // What the kernel decides of the rules: one that denies or kills, and cannot, is an error.
  for (Diagnostic& found : plan(loaded.compiled.policy).diagnostics) {
    loaded.compiled.diagnostics.push_back(std::move(found));
  }
  for (Diagnostic& found : lint(loaded.documents, loaded.compiled)) {
    loaded.compiled.diagnostics.push_back(std::move(found));
  }
  count(loaded);
  const ExitCode result = loaded.errors == 0 ? ExitCode::Ok : ExitCode::Rules;
  if (json) {
    const ExitCode printed = print(load_results(loaded.documents, loaded.compiled.diagnostics));
    return result == ExitCode::Ok ? printed : result;
  }
  print_diagnostics(loaded);
  const auto& rules = loaded.compiled.policy.rules;
  const auto enabled = std::count_if(rules.begin(), rules.end(), [](const Rule& rule) { return rule.reports; });
  std::printf("%zu rules (%zu enabled), %zu macros, %zu lists: ", loaded.documents.rules.size(),
              static_cast<std::size_t>(enabled), loaded.documents.macros.size(), loaded.documents.lists.size());
  if (loaded.errors == 0 && loaded.warnings == 0) {
    std::printf("all right\n");
  } else {
    std::printf("%zu errors, %zu warnings\n", loaded.errors, loaded.warnings);
  }
  return result;
}

ExitCode diff(const std::string& before, const std::string& after) {
  std::vector<bool> enabled;
  const auto enable = [&enabled](policy::Documents& documents) {
    for (policy::RuleItem& item : documents.rules) enabled.push_back(std::exchange(item.enabled, true));
  };
  const auto load_set = [&](const std::string& path) {
    enabled.clear();
    Loaded loaded = load({path}, enable);
    std::size_t number = 0;
    for (policy::RuleItem& item : loaded.documents.rules) item.enabled = enabled[number++];
    return loaded;
  };
  const Loaded old_set = load_set(before), new_set = load_set(after);
  const std::string text = diff_rules({old_set.documents, old_set.compiled}, {new_set.documents, new_set.compiled});
  const ExitCode printed = print(text);
  if (old_set.errors + new_set.errors > 0) return ExitCode::Rules;
  return printed != ExitCode::Ok || text.empty() ? printed : ExitCode::Different;
}

// The command line takes no other sorts.
ExitCode list(const std::string& sort, const std::vector<std::string>& paths) {
  const Loaded loaded = load(paths);
  const ExitCode printed = print(*list_items(loaded.documents, sort));
  return loaded.errors == 0 ? printed : ExitCode::Rules;
}

// A rule that is disabled is compiled for this once.
ExitCode explain(const std::string& name, const std::vector<std::string>& paths) {
  bool enabled = true;
  const Loaded loaded = load(paths, [&](policy::Documents& documents) {
    policy::RuleItem* item = documents.rules.find(name);
    if (item != nullptr) enabled = std::exchange(item->enabled, true);
  });
  const auto& rules = loaded.compiled.policy.rules;
  const auto rule = std::find_if(rules.begin(), rules.end(), [&name](const Rule& each) { return each.name == name; });
  if (rule != rules.end()) return print(explain_rule(loaded.compiled.policy, *rule, enabled));

  if (loaded.documents.rules.find(name) != nullptr) {
    std::fprintf(stderr, "picket: the rule %s cannot be explained: see what is said of it above\n",
                 quote(name).c_str());
    return ExitCode::Rules;
  }
  const std::string_view near = nearest(name, loaded.documents.rules.names());
  std::fprintf(stderr, "picket: there is no rule %s%s\n", quote(name).c_str(),
               near.empty() ? "" : ("; did you mean " + quote(near) + "?").c_str());
  return ExitCode::Usage;
}

// Rules that are disabled are tested, too.
ExitCode test(const std::vector<std::string>& paths) {
  Loaded loaded = load(paths, [](policy::Documents& documents) {
    for (const std::string_view name : documents.rules.names()) {
      documents.rules.find(std::string(name))->enabled = true;
    }
  });
  if (loaded.errors != 0) return ExitCode::Rules;
  const TestReport report = run_tests(loaded.compiled);
  for (const Diagnostic& failure : report.failures) std::fputs(render(failure).c_str(), stderr);
  for (const std::string& rule : report.untested) std::printf("no tests: %s\n", rule.c_str());
  std::printf("%zu rules, %zu of them without tests: %zu tests passed, %zu failed\n",
              loaded.compiled.policy.rules.size(), report.untested.size(), report.passed, report.failures.size());
  return report.failures.empty() ? ExitCode::Ok : ExitCode::Tests;
}

}  // namespace picket::cli
