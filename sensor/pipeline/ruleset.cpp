// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/ruleset.h"

#include <spdlog/spdlog.h>

#include <iterator>
#include <string_view>
#include <unordered_map>
#include <utility>

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

std::variant<trust::Approval, std::vector<Diagnostic>> approve(trust::Trust& trust,
                                                               const std::vector<policy::RuleFile>& files) {
  std::vector<Diagnostic> unreadable;
  std::vector<trust::PolicyFile> read;
  for (const policy::RuleFile& file : files) {
    if (file.text) {
      read.push_back({file.path, *file.text});
    } else {
      unreadable.push_back(policy::unreadable(file));
    }
  }
  if (!unreadable.empty()) return unreadable;
  return trust.approve(read);
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

CompiledRules compile_rules(const std::vector<std::string>& paths, const PlanOptions& options, trust::Trust* trust) {
  CompiledRules rules;
  auto files = policy::read_files(paths);
  if (trust != nullptr) {
    auto approved = approve(*trust, files);
    if (auto* reasons = std::get_if<std::vector<Diagnostic>>(&approved)) {
      rules.trusted = false;
      rules.compiled.diagnostics = std::move(*reasons);
      return rules;
    }
    rules.approval = std::move(std::get<trust::Approval>(approved));
  }
  rules.compiled = compile(policy::load(std::move(files)));
  if (has_errors(rules.compiled.diagnostics)) return rules;
  rules.plan = plan(rules.compiled.policy, options);
  std::move(rules.plan.diagnostics.begin(), rules.plan.diagnostics.end(),
            std::back_inserter(rules.compiled.diagnostics));
  return rules;
}

std::string describe(const trust::SignedPolicy& policy) {
  return "version " + std::to_string(policy.version.number) + ", signed by " + policy.key;
}

void record(trust::Approval& approval) {
  const auto recorded = approval.record();
  if (recorded) return;
  spdlog::error("{}; after a restart an older policy could come back", recorded.error().message);
}

LoadedRules load_rules(const std::vector<std::string>& paths, const PlanOptions& options, trust::Trust* trust) {
  CompiledRules rules = compile_rules(paths, options, trust);
  LoadedRules loaded;
  loaded.trusted = rules.trusted;
  for (const Diagnostic& diagnostic : rules.compiled.diagnostics) loaded.diagnostics += render(diagnostic);
  if (has_errors(rules.compiled.diagnostics)) return loaded;
  loaded.approval = std::move(rules.approval);
  loaded.ruleset = std::make_unique<Ruleset>(std::move(rules.compiled.policy), std::move(rules.plan));
  loaded.ruleset->matching = std::make_unique<Matching>(loaded.ruleset->policy);
  return loaded;
}

}  // namespace picket
