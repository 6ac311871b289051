// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/ruleset.h"

#include <iterator>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "rules/compile/compile.h"
#include "rules/policy/documents.h"

namespace picket {
namespace {

// Everything of a rule that an alert depends on, as text.
std::string meaning(const Rule& rule) {
  std::string text = language::print(*rule.condition);
  const auto add = [&text](std::string_view part) { text.append(1, '\0').append(part); };
  add(rule.description);
  add(priority_name(rule.priority));
  add(severity_name(rule.severity));
  add(describe(rule.response));
  add(describe(rule.throttle));
  add(describe(rule.threshold));
  add(describe(rule.sequence));
  add(rule.reports ? "reports" : "step");
  for (const std::string& tag : rule.tags) add(tag);
  for (const OutputPiece& piece : rule.output) {
    add(piece.text);
    add(std::to_string(piece.width));
  }
  return text;
}

}  // namespace

RuleChanges compare(const Policy& before, const Policy& after) {
  std::unordered_map<std::string_view, const Rule*> old;
  for (const Rule& rule : before.rules) old.emplace(rule.name, &rule);
  RuleChanges changes;
  for (const Rule& rule : after.rules) {
    const auto found = old.find(rule.name);
    if (found == old.end()) {
      ++changes.added;
    } else {
      changes.changed += meaning(*found->second) != meaning(rule);
      old.erase(found);
    }
  }
  changes.removed = old.size();
  return changes;
}

LoadedRules load_rules(const std::vector<std::string>& paths) {
  Compiled compiled = compile(policy::load(paths));
  LoadedRules loaded;
  Plan planned = plan(compiled.policy);
  std::move(planned.diagnostics.begin(), planned.diagnostics.end(), std::back_inserter(compiled.diagnostics));
  for (const Diagnostic& diagnostic : compiled.diagnostics) loaded.diagnostics += render(diagnostic);
  if (has_errors(compiled.diagnostics)) return loaded;
  loaded.ruleset = std::make_unique<Ruleset>(std::move(compiled.policy));
  loaded.ruleset->plan = std::move(planned);
  loaded.ruleset->matching = std::make_unique<Matching>(loaded.ruleset->policy);
  return loaded;
}

}  // namespace picket
