// SPDX-License-Identifier: Apache-2.0
//
// Expansion by copying. A macro is expanded once, after those it uses, so that a copy is complete and its size is known
// before it is made.
#include "rules/compile/macros.h"

#include <algorithm>
#include <variant>

#include "rules/compile/bind.h"
#include "rules/compile/compile.h"
#include "rules/compile/references.h"
#include "rules/language/parser.h"

namespace picket {
namespace {

using language::Node;
using language::NodePtr;

// The macro nodes of a tree, in the order of its text.
void collect(NodePtr& tree, std::vector<NodePtr*>& uses) {
  if (tree->kind == Node::Kind::Macro) uses.push_back(&tree);
  for (NodePtr& child : tree->children) collect(child, uses);
}

std::vector<NodePtr*> macro_uses(NodePtr& tree) {
  std::vector<NodePtr*> uses;
  if (tree) collect(tree, uses);
  return uses;
}

// Nodes and literals: what a copy costs.
std::size_t size_of(const Node& tree) {
  std::size_t size = 1 + tree.literals.size();
  for (const NodePtr& child : tree.children) size += size_of(*child);
  return size;
}

}  // namespace

Macros::Macros(const std::vector<policy::Macro>& macros, const Lists& lists, std::vector<Diagnostic>& diagnostics)
    : lists_(lists), definitions_(macros) {
  expanded_.resize(definitions_.size());
  References references(definitions_.size());
  std::vector<Report> reports;
  for (std::size_t index = 0; index < definitions_.size(); ++index) {
    Report& report = reports.emplace_back(definitions_[index].condition, diagnostics);
    NodePtr& tree = expanded_[index].tree;
    tree = parse_and_bind(report);
    references[index] = resolve(macro_uses(tree), report);
  }

  const ExpansionOrder order = expansion_order(references);
  for (const Loop& loop : order.loops) {
    const NodePtr& use = *macro_uses(expanded_[loop.item].tree)[loop.reference];
    reports[loop.item].error(use->span,
                             "macros refer to each other in a loop: " + chain_text(loop, definitions_.names()));
  }
  for (const std::size_t index : order.items) {
    Expanded& expanded = expanded_[index];
    if (!reports[index].failed()) expanded.size = expand(expanded.tree, reports[index]);
    if (reports[index].failed()) expanded.tree = nullptr;
  }
}

NodePtr Macros::condition(Report& report) const {
  NodePtr tree = parse_and_bind(report);
  resolve(macro_uses(tree), report);
  if (!report.failed()) expand(tree, report);
  return report.failed() ? nullptr : std::move(tree);
}

NodePtr Macros::parse_and_bind(Report& report) const {
  auto parsed = language::parse(report.text().value);
  if (const auto* error = std::get_if<language::SyntaxError>(&parsed)) {
    report.error(error->span, error->message, error->hint);
    return nullptr;
  }
  NodePtr tree = std::get<NodePtr>(std::move(parsed));
  bind(*tree, lists_, report);
  return tree;
}

std::vector<std::size_t> Macros::resolve(const std::vector<NodePtr*>& uses, Report& report) const {
  std::vector<std::size_t> targets;
  for (const NodePtr* use : uses) {
    const std::string& name = (*use)->name;
    const std::size_t target = definitions_.find(name);
    if (target != kUndefined) {
      targets.push_back(target);
      continue;
    }
    const bool list = lists_.find(name) != nullptr;
    report.error((*use)->span, "undefined macro " + quote(name),
                 list ? quote(name) + " is a list: compare a field with it, as in 'proc.name in (" + name + ")'"
                      : suggestion(name, definitions_.names()));
  }
  return targets;
}

std::size_t Macros::expand(NodePtr& tree, Report& report) const {
  const std::vector<NodePtr*> uses = macro_uses(tree);
  const language::Span whole{0, report.text().value.size()};
  std::size_t size = size_of(*tree);
  for (NodePtr* use : uses) {
    const Expanded& macro = expanded_[definitions_.find((*use)->name)];
    if (!macro.tree) report.fail();
    size += macro.size;
    if (size <= kMaxConditionSize) continue;
    report.error(whole, "with its macros and lists the condition has more than 1,000,000 parts");
    return size;
  }
  if (report.failed()) return size;
  for (NodePtr* use : uses) {
    const Node& macro = *expanded_[definitions_.find((*use)->name)].tree;
    *use = language::clone(macro);
  }
  if (language::nesting(*tree) > language::kMaxNesting) {
    report.error(whole, "with its macros the condition is nested more than 1,000 deep");
  }
  return size;
}

}  // namespace picket
