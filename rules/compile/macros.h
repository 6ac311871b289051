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

  // A place in a tree where a macro is named.
  struct Use {
    language::NodePtr* node;
    std::size_t macro;
  };

  language::NodePtr parse_and_bind(Report& report) const;
  // Adds the uses of macros in the tree, in the order of its text; errors for names of none.
  void resolve(language::NodePtr& tree, std::vector<Use>& uses, Report& report) const;
  // Replaces the uses by copies of their macros, which have been expanded before. The size of the result.
  std::size_t expand(language::NodePtr& tree, const std::vector<Use>& uses, Report& report) const;

  const Lists& lists_;
  Definitions<policy::Macro> definitions_;
  std::vector<Expanded> expanded_;
};

}  // namespace picket
