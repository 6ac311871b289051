// SPDX-License-Identifier: Apache-2.0
//
// Expansion by copying. A macro is expanded once, after those it uses, so that a copy is complete and its size is known
// before it is made.
#include "rules/compile/macros.h"

#include <utility>
#include <variant>

#include "rules/compile/compile.h"
#include "rules/compile/references.h"
#include "rules/language/parser.h"

namespace picket {
namespace {

using language::Node;
using language::NodePtr;

// Nodes and literals: what a copy costs.
std::size_t size_of(const Node& tree) {
  std::size_t size = 1 + tree.literals.size();
  for (const NodePtr& child : tree.children) size += size_of(*child);
  return size;
}

}  // namespace

Macros::Macros(const policy::Items<policy::Macro>& macros, Lists& lists, std::vector<Diagnostic>& diagnostics)
    : lists_(lists), macros_(macros), binder_(lists) {
  expanded_.resize(macros_.size());
  std::vector<Report> reports;
  std::vector<std::vector<Use>> uses(macros_.size());
  References references(macros_.size());
  for (std::size_t index = 0; index < macros_.size(); ++index) {
    Expanded& expanded = expanded_[index];
    Report& report = reports.emplace_back(macros_[index].condition, diagnostics);
    expanded.tree = parse(report);
    if (!expanded.tree) continue;
    Report later(macros_[index].condition, expanded.kept);
    later.share_source(report);
    binder_.bind(*expanded.tree, later);
    resolve(expanded.tree, uses[index], report);
    expanded.broken = later.broken();
    report.take(later);
    for (const Use& use : uses[index]) references[index].push_back(use.macro);
    expanded.uses = references[index];
  }

  const ExpansionOrder order = expansion_order(references);
  for (const Loop& loop : order.loops) {
    const NodePtr& node = *uses[loop.item][loop.reference].node;
    reports[loop.item].error(node->span, "macros refer to each other in a loop: " + chain_text(loop, macros_.names()));
  }
  for (const std::size_t index : order.items) {
    Expanded& expanded = expanded_[index];
    if (!reports[index].failed()) expanded.size = expand(expanded.tree, uses[index], reports[index]);
    expanded.broken = expanded.broken || reports[index].broken();
    if (reports[index].failed()) expanded.tree = nullptr;
  }
}

NodePtr Macros::condition(Report& report, std::vector<Diagnostic>& diagnostics) {
  NodePtr tree = parse(report);
  std::vector<Use> uses;
  if (tree) {
    binder_.bind(*tree, report);
    resolve(tree, uses, report);
  }
  for (const Use& use : uses) {
    const bool broken = tell(use.macro, diagnostics);
    if (expanded_[use.macro].tree) continue;
    broken ? report.fail() : report.fail_unknown();
  }
  if (!report.failed()) expand(tree, uses, report);
  return report.failed() ? nullptr : std::move(tree);
}

bool Macros::tell(std::size_t macro, std::vector<Diagnostic>& diagnostics) {
  std::vector<std::size_t> open = {macro};
  std::vector<bool> seen(expanded_.size());
  bool broken = false;
  while (!open.empty()) {
    const std::size_t index = open.back();
    open.pop_back();
    if (seen[index]) continue;
    seen[index] = true;
    Expanded& expanded = expanded_[index];
    broken = broken || expanded.broken;
    if (!expanded.told) diagnostics.insert(diagnostics.end(), expanded.kept.begin(), expanded.kept.end());
    expanded.told = true;
    open.insert(open.end(), expanded.uses.begin(), expanded.uses.end());
  }
  return broken;
}

void Macros::report_unused(std::vector<Diagnostic>& diagnostics) {
  for (Expanded& expanded : expanded_) {
    if (expanded.told) continue;
    for (Diagnostic& diagnostic : expanded.kept) {
      diagnostic.severity = Severity::Warning;
      diagnostics.push_back(std::move(diagnostic));
    }
  }
}

NodePtr Macros::parse(Report& report) {
  Replacement replaced = lists_.replace(report.text().value);
  if (replaced.too_long) {
    report.error({0, report.text().value.size()}, "with its lists the condition has more than 32 MiB");
    return nullptr;
  }
  for (const language::Span name : replaced.in_quotes) {
    report.warning(name, "a list inside a text in quotes is replaced by its items, as in Falco",
                   "rename the list, or glue the word to another");
  }
  if (!replaced.broken.empty()) report.fail();
  report.replace_source(std::move(replaced.text));
  auto parsed = language::parse(report.source());
  if (const auto* error = std::get_if<language::SyntaxError>(&parsed)) {
    report.error(error->span, error->message, error->hint);
    return nullptr;
  }
  return std::get<NodePtr>(std::move(parsed));
}

void Macros::resolve(NodePtr& tree, std::vector<Use>& uses, Report& report) const {
  for (NodePtr& child : tree->children) resolve(child, uses, report);
  if (tree->kind != Node::Kind::Macro) return;
  const std::size_t macro = macros_.index_of(tree->macro);
  if (macro != policy::kUndefined) return uses.push_back({&tree, macro});
  if (report.is_replaced(tree->span)) {
    const std::string name(report.text(tree->span));
    return report.invalid(tree->span, quote(name) + " is a list, not a macro",
                          "compare a field with it, as in 'proc.name in (" + name + ")'");
  }
  report.invalid(tree->span, "undefined macro " + quote(tree->macro), suggestion(tree->macro, macros_.names()));
}

std::size_t Macros::expand(NodePtr& tree, const std::vector<Use>& uses, Report& report) const {
  const language::Span whole{0, report.source().size()};
  std::size_t size = size_of(*tree);
  for (const Use& use : uses) {
    const Expanded& macro = expanded_[use.macro];
    if (!macro.tree) macro.broken ? report.fail() : report.fail_unknown();
    size += expanded_[use.macro].size;
  }
  if (size > kMaxConditionSize) {
    report.error(whole, "with its macros and lists the condition has more than 1,000,000 parts");
  }
  if (report.failed()) return 0;
  for (const Use& use : uses) *use.node = language::clone(*expanded_[use.macro].tree);
  if (language::nesting(*tree) > language::kMaxNesting) {
    report.error(whole, "with its macros the condition is nested more than 1,000 deep");
  }
  return size;
}

}  // namespace picket
