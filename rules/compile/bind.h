// SPDX-License-Identifier: Apache-2.0
//
// Binding: every check of a tree gets its fields, their arguments and literals of the field's type, or an error that
// says why not. Macro nodes are left as they are.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "rules/compile/lists.h"
#include "rules/compile/report.h"
#include "rules/language/ast.h"

namespace picket {

// Regular expressions by their pattern: rules with the same one share it.
using Regexes = std::map<std::string, std::shared_ptr<const language::Regex>, std::less<>>;

class Binder {
 public:
  explicit Binder(const Lists& lists) : lists_(lists) {}
  void bind(language::Node& tree, Report& report);

 private:
  void check(language::Node& check, Report& report);
  void literals(language::Node& check, Report& report);
  void literal(language::Node& check, language::Literal& literal, Report& report);
  void regex(language::Literal& literal, Report& report);
  void warn_of_slip(const language::Node& check, const language::Literal& literal, Report& report) const;

  const Lists& lists_;
  Regexes regexes_;
};

// The field whose values are names of calls and decide an event's kind.
inline constexpr std::string_view kEventType = "evt.type";

// Whether it asks for one of a list of literals.
constexpr bool is_membership(language::Operator op) {
  return op == language::Operator::In || op == language::Operator::Intersects;
}

}  // namespace picket
