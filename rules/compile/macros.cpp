// SPDX-License-Identifier: Apache-2.0
//
// Expansion by copying. A macro is expanded once, after those it uses, so that a copy is complete and its size is known
// before it is made.
#include "rules/compile/macros.h"

#include <utility>
#include <variant>

#include "rules/compile/bind.h"
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

Macros::Macros(const std::vector<policy::Macro>& macros, const Lists& lists, std::vector<Diagnostic>& diagnostics)
    : lists_(lists), definitions_(macros) {
  expanded_.resize(definitions_.size());
  std::vector<Report> reports;
  std::vector<std::vector<Use>> uses(definitions_.size());
  References references(definitions_.size());
  for (std::size_t index = 0; index < definitions_.size(); ++index) {
    Report& report = reports.emplace_back(definitions_[index].condition, diagnostics);
    NodePtr& tree = expanded_[index].tree;
    tree = parse_and_bind(report);
    if (tree) resolve(tree, uses[index], report);
    for (const Use& use : uses[index]) references[index].push_back(use.macro);
  }

  const ExpansionOrder order = expansion_order(references);
  for (const Loop& loop : order.loops) {
    const NodePtr& node = *uses[loop.item][loop.reference].node;
    reports[loop.item].error(node->span,
                             "macros refer to each other in a loop: " + chain_text(loop, definitions_.names()));
  }
  for (const std::size_t index : order.items) {
    Expanded& expanded = expanded_[index];
    if (!reports[index].failed()) expanded.size = expand(expanded.tree, uses[index], reports[index]);
    if (reports[index].failed()) expanded.tree = nullptr;
  }
}

NodePtr Macros::condition(Report& report) const {
  NodePtr tree = parse_and_bind(report);
  std::vector<Use> uses;
  if (tree) resolve(tree, uses, report);
  if (!report.failed()) expand(tree, uses, report);
  return report.failed() ? nullptr : std::move(tree);
}

NodePtr Macros::parse_and_bind(Report& report) const {
  if (absent(report.text())) {
    report.fail();
    return nullptr;
  }
  auto parsed = language::parse(report.text().value);
  if (const auto* error = std::get_if<language::SyntaxError>(&parsed)) {
    report.error(error->span, error->message, error->hint);
    return nullptr;
  }
  NodePtr tree = std::get<NodePtr>(std::move(parsed));
  bind(*tree, lists_, report);
  return tree;
}

void Macros::resolve(NodePtr& tree, std::vector<Use>& uses, Report& report) const {
  for (NodePtr& child : tree->children) resolve(child, uses, report);
  if (tree->kind != Node::Kind::Macro) return;
  const std::string& name = tree->name;
  const std::size_t macro = definitions_.find(name);
  if (macro != kUndefined) return uses.push_back({&tree, macro});
  const bool list = lists_.find(name) != nullptr;
  report.error(tree->span, "undefined macro " + quote(name),
               list ? quote(name) + " is a list: compare a field with it, as in 'proc.name in (" + name + ")'"
                    : suggestion(name, definitions_.names()));
}

std::size_t Macros::expand(NodePtr& tree, const std::vector<Use>& uses, Report& report) const {
  const language::Span whole{0, report.text().value.size()};
  std::size_t size = size_of(*tree);
  for (const Use& use : uses) {
    if (!expanded_[use.macro].tree) report.fail();
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
