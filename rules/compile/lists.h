// SPDX-License-Identifier: Apache-2.0
//
// Lists, with the lists they name expanded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/compile/definitions.h"
#include "rules/policy/documents.h"

namespace picket {

struct ExpandedList {
  std::vector<std::string> items;  // sorted, none twice
  bool broken = false;             // it has an error of its own, already reported
};

class Lists {
 public:
  Lists(const std::vector<policy::List>& lists, std::vector<Diagnostic>& diagnostics);

  const ExpandedList* find(std::string_view name) const;  // nullptr: no list has that name
  std::vector<std::string_view> names() const { return definitions_.names(); }

 private:
  void expand(std::size_t index, std::vector<Diagnostic>& diagnostics);

  Definitions<policy::List> definitions_;
  std::vector<ExpandedList> expanded_;
};

}  // namespace picket
