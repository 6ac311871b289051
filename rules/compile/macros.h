// SPDX-License-Identifier: Apache-2.0
//
// Macros: their conditions, bound, and the expansion of the macro nodes that name them.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "rules/compile/bind.h"
#include "rules/compile/lists.h"
#include "rules/compile/report.h"
#include "rules/language/ast.h"
#include "rules/policy/documents.h"

namespace picket {

// A macro may be written for events of another source, with fields that nobody here knows. So what is wrong with the
// fields and literals of a macro is kept until a rule uses it.
class Macros {
 public:
  // Parses, binds and expands all of them.
  Macros(const policy::Items<policy::Macro>& macros, Lists& lists, std::vector<Diagnostic>& diagnostics);

  // The condition in `report`'s text: parsed, bound, all macros replaced. nullptr after an error was reported; those of
  // macros go to `diagnostics`, once.
  language::NodePtr condition(Report& report, std::vector<Diagnostic>& diagnostics);

  // The findings about macros that no rule has used, as warnings.
  void report_unused(std::vector<Diagnostic>& diagnostics);

  // Whether a rule uses it, by way of others perhaps.
  bool is_used(std::size_t macro) const { return expanded_[macro].told; }

 private:
  // A place in a tree where a macro is named.
  struct Use {
    language::NodePtr* node;
    std::size_t macro;
  };

  struct Expanded {
    language::NodePtr tree;  // nullptr: it has an error
    std::size_t size = 0;
    std::vector<std::size_t> uses;
    std::vector<Diagnostic> kept;
    bool broken = false;  // the error is another than an unknown field or type of event
    bool told = false;    // `kept` has been reported
  };

  language::NodePtr parse(Report& report);
  // Adds the uses of macros in the tree, in the order of its text; errors for names of none.
  void resolve(language::NodePtr& tree, std::vector<Use>& uses, Report& report) const;
  // Replaces the uses by copies of their macros, which have been expanded before. The size of the result.
  std::size_t expand(language::NodePtr& tree, const std::vector<Use>& uses, Report& report) const;
  // Moves what was kept about the macro and those it uses to `diagnostics`. Whether any of them is broken.
  bool tell(std::size_t macro, std::vector<Diagnostic>& diagnostics);

  Lists& lists_;
  const policy::Items<policy::Macro>& macros_;
  Binder binder_;
  std::vector<Expanded> expanded_;
};

}  // namespace picket
