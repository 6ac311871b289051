// SPDX-License-Identifier: Apache-2.0
//
// Expanding lists. An item that is the name of another list stands for the items of that list; the list's own name is
// an ordinary item (a list `nginx` with the item `nginx` is common).
#include "rules/compile/lists.h"

#include <set>

#include "rules/compile/compile.h"
#include "rules/compile/references.h"
#include "rules/compile/report.h"

namespace picket {

Lists::Lists(const std::vector<policy::List>& lists, std::vector<Diagnostic>& diagnostics) : definitions_(lists) {
  expanded_.resize(definitions_.size());
  References references(definitions_.size());
  std::vector<std::vector<const policy::Text*>> places(definitions_.size());
  for (std::size_t index = 0; index < definitions_.size(); ++index) {
    for (const policy::Text& item : definitions_[index].items) {
      const std::size_t target = definitions_.find(item.value);
      if (target == kUndefined || target == index) continue;
      references[index].push_back(target);
      places[index].push_back(&item);
    }
  }
  const ExpansionOrder order = expansion_order(references);
  for (const Loop& loop : order.loops) {
    diagnostics.push_back(policy::diagnose(Severity::Error, *places[loop.item][loop.reference],
                                           "lists refer to each other in a loop: " + chain_text(loop, names())));
    expanded_[loop.item].broken = true;
  }
  for (const std::size_t index : order.items) expand(index, diagnostics);
}

void Lists::expand(std::size_t index, std::vector<Diagnostic>& diagnostics) {
  const policy::List& list = definitions_[index];
  ExpandedList& expanded = expanded_[index];
  std::set<std::string_view> items;
  std::set<std::size_t> seen;
  for (const policy::Text& item : list.items) {
    const std::size_t target = definitions_.find(item.value);
    if (target == kUndefined || target == index) {
      items.insert(item.value);
    } else if (seen.insert(target).second) {
      items.insert(expanded_[target].items.begin(), expanded_[target].items.end());
      expanded.broken = expanded.broken || expanded_[target].broken;
    }
    if (items.size() > kMaxListItems) {
      diagnostics.push_back(policy::diagnose(Severity::Error, list.name,
                                             "list " + quote(list.name.value) + " has more than 100,000 items"));
      expanded.broken = true;
      break;
    }
  }
  expanded.items.assign(items.begin(), items.end());
}

const ExpandedList* Lists::find(std::string_view name) const {
  const std::size_t index = definitions_.find(name);
  return index == kUndefined ? nullptr : &expanded_[index];
}

}  // namespace picket
