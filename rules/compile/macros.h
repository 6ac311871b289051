// SPDX-License-Identifier: Apache-2.0
//
// Macros: their conditions, bound, and the expansion of the macro nodes that name them.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "rules/compile/definitions.h"
#include "rules/compile/lists.h"
#include "rules/compile/report.h"
#include "rules/language/ast.h"
#include "rules/policy/documents.h"

namespace picket {

class Macros {
 public:
  // Parses, binds and expands all of them; macros that nobody uses are checked too.
  Macros(const std::vector<policy::Macro>& macros, const Lists& lists, std::vector<Diagnostic>& diagnostics);

  // The condition in `report`'s text: parsed, bound, all macros replaced. nullptr after an error was reported.
  language::NodePtr condition(Report& report) const;

 private:
  struct Expanded {
    language::NodePtr tree;  // nullptr: it has an error, already reported
    std::size_t size = 0;
  };

  language::NodePtr parse_and_bind(Report& report) const;
  // The index of the macro that each node names; errors for those that name none.
  std::vector<std::size_t> resolve(const std::vector<language::NodePtr*>& uses, Report& report) const;
  // Replaces the uses by copies of their macros, which have been expanded before. The size of the result.
  std::size_t expand(language::NodePtr& tree, Report& report) const;

  const Lists& lists_;
  Definitions<policy::Macro> definitions_;
  std::vector<Expanded> expanded_;
};

}  // namespace picket
