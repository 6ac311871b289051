// SPDX-License-Identifier: Apache-2.0
//
// The checks of one tree, one after another. Every error is reported, so a check goes on after a first one as far as
// that makes sense.
#include "rules/compile/bind.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "rules/compile/literals.h"
#include "rules/event/unavailable.h"

namespace picket {
namespace {

using language::Literal;
using language::Node;
using language::Operands;
using language::Operator;
using language::OperatorRow;
using language::Span;

Span name_span(const Node& check) { return {check.span.offset, check.name.size()}; }

// From the name to the end of the brackets.
Span field_span(const Node& check, const Report& report) {
  const std::string_view whole = report.text({check.span.offset, check.op_span.offset - check.span.offset});
  return {check.span.offset, whole.find_last_not_of(" \t\b\r\n") + 1};
}

const std::set<std::string_view>& known_calls() {
  static const std::set<std::string_view> calls = [] {
    std::set<std::string_view> all;
    for (unsigned kind = 0; kind < kKindEnd; ++kind) {
      const auto names = call_names(static_cast<Kind>(kind));
      all.insert(names.begin(), names.end());
    }
    return all;
  }();
  return calls;
}

std::string operators_for(Type type) {
  std::string text;
  for (const OperatorRow& row : language::kOperators) {
    if (!row.works_on(type)) continue;
    if (!text.empty()) text += ", ";
    text += row.spelling;
  }
  return "operators for it: " + text;
}

void bind_argument(Node& check, Report& report) {
  const Field& field = *check.field;
  if (check.has_argument && field.argument == Argument::None) {
    report.error(field_span(check, report), "field " + quote(field.name) + " takes no argument");
  } else if (!check.has_argument && field.argument == Argument::Required) {
    report.error(name_span(check), "field " + quote(field.name) + " needs an argument",
                 "write " + quote(std::string(field.name) + "[1]"));
  } else if (check.has_argument) {
    const auto index = parse_index(check.argument);
    if (!index) report.error(field_span(check, report), quote(check.argument) + " is not a number");
    check.index = index.value_or(-1);
  }
}

// `in name`, `in (a, name)`, `= name`: puts the items of lists in the place of their names.
class Expansion {
 public:
  Expansion(Node& check, const Lists& lists, Report& report) : check_(check), lists_(lists), report_(report) {}

  void run() {
    std::vector<Literal> written = std::move(check_.literals);
    check_.literals.clear();
    for (Literal& literal : written) {
      const ExpandedList* list = literal.quoted ? nullptr : lists_.find(literal.text);
      list ? add(*list, literal) : add(std::move(literal));
    }
    check_.list_name = false;
  }

 private:
  bool one() const { return language::row(check_.op).operands == Operands::One; }

  void add(const ExpandedList& list, const Literal& name) {
    if (list.broken) return report_.fail();
    if (one() && list.items.size() != 1) {
      return report_.error(name.span,
                           "list " + quote(name.text) + " has " + std::to_string(list.items.size()) + " items; " +
                               quote(spelling(check_.op)) + " compares with one value",
                           "compare with all of them: 'in (" + name.text + ")', or quote the word");
    }
    for (const std::string& item : list.items) check_.literals.push_back({item, false, name.span, {}});
  }

  void add(Literal literal) {
    if (check_.list_name) {
      return report_.error(literal.span, "undefined list " + quote(literal.text),
                           suggestion(literal.text, lists_.names()));
    }
    warn_of_slip(literal);
    check_.literals.push_back(std::move(literal));
  }

  // A misspelt list would silently be a value. Only names of several words are looked at: single ones, such as sshd
  // beside a list `ssh`, are mostly meant.
  void warn_of_slip(const Literal& literal) {
    if (one() || literal.quoted || literal.text.find('_') == std::string::npos) return;
    const std::string_view near = nearest(literal.text, lists_.names());
    if (near.empty()) return;
    report_.warning(literal.span, quote(literal.text) + " is compared as a text: no list has that name",
                    "did you mean " + quote(near) + "? If not, write it in quotes");
  }

  Node& check_;
  const Lists& lists_;
  Report& report_;
};

// "'x'", or "item 'x' of list 'ports'" when the condition has the list's name in that place.
std::string literal_text(const Literal& literal, const Report& report) {
  const std::string_view written = report.text(literal.span);
  if (literal.quoted || written == literal.text) return quote(literal.text);
  return "item " + quote(literal.text) + " of list " + quote(written);
}

void bind_literals(Node& check, Report& report) {
  const Field& field = *check.field;
  const bool whole = check.op == Operator::Equal || check.op == Operator::NotEqual || check.op == Operator::In;
  for (Literal& literal : check.literals) {
    const auto value = parse_value(field.type, literal.text);
    if (!value) {
      report.error(literal.span,
                   literal_text(literal, report) + " does not fit field " + quote(field.name) + " (" +
                       std::string(type_name(field.type)) + ")",
                   "it takes " + std::string(value_notation(field.type)));
    } else if (whole && field.name == kEventType && !known_calls().contains(literal.text)) {
      report.error(literal.span, literal_text(literal, report) + " is not a type of event",
                   suggestion(literal.text, {known_calls().begin(), known_calls().end()}));
    }
    literal.value = value.value_or(Value());
  }
}

// The literals of `in` are searched, not walked. Moving a literal moves its text, so text values are set at the end.
void sort_literals(Node& check) {
  auto& literals = check.literals;
  const bool text = check.field->type == Type::Text;
  const auto less = [text](const Literal& a, const Literal& b) {
    return text ? a.text < b.text : language::before(a.value, b.value);
  };
  std::sort(literals.begin(), literals.end(), less);
  const auto same = [&less](const Literal& a, const Literal& b) { return !less(a, b) && !less(b, a); };
  literals.erase(std::unique(literals.begin(), literals.end(), same), literals.end());
  if (!text) return;
  for (Literal& literal : literals) literal.value = std::string_view(literal.text);
}

void bind_check(Node& check, const Lists& lists, Report& report) {
  Report own(report);
  const std::string_view name = check.name;
  Expansion(check, lists, own).run();
  check.field = find_field(name);
  if (!check.field) {
    const UnknownField unknown = unknown_field(name);
    own.error(name_span(check), unknown.message, unknown.hint);
  } else {
    bind_argument(check, own);
    const OperatorRow& op = language::row(check.op);
    if (!op.works_on(check.field->type)) {
      own.error(check.op_span,
                "operator " + quote(op.spelling) + " needs a text; " + quote(name) + " is of type " +
                    quote(type_name(check.field->type)),
                operators_for(check.field->type));
    } else {
      bind_literals(check, own);
    }
  }
  if (own.failed()) return report.fail();
  if (check.op == Operator::In) sort_literals(check);
}

}  // namespace

std::vector<std::string_view> field_names() {
  std::vector<std::string_view> names;
  for (const Field& field : all_fields()) names.push_back(field.name);
  return names;
}

std::optional<int> parse_index(std::string_view argument) {
  int index = -1;
  const auto [end, failure] = std::from_chars(argument.data(), argument.data() + argument.size(), index);
  const bool whole = failure == std::errc() && end == argument.data() + argument.size() && index >= 0;
  return whole && argument[0] != '-' ? std::optional(index) : std::nullopt;
}

void bind(language::Node& tree, const Lists& lists, Report& report) {
  if (tree.kind == Node::Kind::Check) return bind_check(tree, lists, report);
  for (const language::NodePtr& child : tree.children) bind(*child, lists, report);
}

}  // namespace picket
