// SPDX-License-Identifier: Apache-2.0
//
// The checks of one tree, one after another. Every error is reported, so a check goes on after a first one as far as
// that makes sense.
#include "rules/compile/bind.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "rules/compile/literals.h"
#include "rules/compile/terms.h"
#include "rules/language/regex.h"

namespace picket {
namespace {

using language::Literal;
using language::Node;
using language::Operand;
using language::Operands;
using language::Operator;
using language::OperatorRow;

bool takes_bytes(Operator op) { return op == Operator::BytesContain || op == Operator::BytesStartWith; }

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

// System calls that Linux has, whether or not Picket has events of them.
bool is_linux_call(std::string_view name) {
  static const std::set<std::string_view> calls = {
#define CALL(name) #name,
#include "rules/compile/linux_calls.def"
#undef CALL
  };
  return calls.contains(name);
}

void check_call(const Literal& literal, const std::string& shown, Report& report) {
  if (known_calls().contains(literal.text)) return;
  if (is_linux_call(literal.text)) {
    return report.warning(literal.span, "Picket has no events of type " + quote(literal.text) + ": they never match");
  }
  report.unknown(literal.span, shown + " is not a type of event",
                 suggestion(literal.text, {known_calls().begin(), known_calls().end()}));
}

std::string operators_for(const language::Term& term) {
  const bool list = term.many && term.several == Several::List;
  std::string text;
  for (const OperatorRow& row : language::kOperators) {
    const bool works = list ? is_membership(row.id) || row.id == Operator::Exists : row.works_on(term.type);
    if (!works) continue;
    if (!text.empty()) text += ", ";
    text += row.spelling;
  }
  return "operators for it: " + text;
}

// Whether the operator works on what stands on the left.
void check_operator(const Node& check, Report& report) {
  const OperatorRow& op = language::row(check.op);
  const std::string name = quote(print(check.left));
  const bool list = check.left.many && check.left.several == Several::List;
  if (!op.works_on(check.left.type)) {
    const bool text = op.types == language::Operable::Text;
    report.error(check.op_span,
                 "operator " + quote(op.spelling) + (text ? " needs a text; " : " needs a text or number; ") + name +
                     " is of type " + quote(type_name(check.left.type)),
                 operators_for(check.left));
  } else if (list && !is_membership(check.op) && check.op != Operator::Exists) {
    report.error(check.op_span, "operator " + quote(op.spelling) + " needs one value; " + name + " is a list",
                 operators_for(check.left));
  }
}

// Whether both sides are of a kind.
void check_sides(const Node& check, Report& report) {
  const language::Term &left = check.left, &right = *check.right;
  const bool list = right.many && right.several == Several::List;
  if (check.op == Operator::Regex || check.op == Operator::PathMatch || takes_bytes(check.op)) {
    report.error(right.span, "operator " + quote(spelling(check.op)) + " needs a text that is known now, not a field");
  } else if (left.type == Type::Network || right.type == Type::Network) {
    report.error(right.span, "networks are not compared with fields");
  } else if (left.type != right.type) {
    report.error(right.span, quote(print(left)) + " is of type " + quote(type_name(left.type)) + ", " +
                                 quote(print(right)) + " of type " + quote(type_name(right.type)));
  } else if (list && !is_membership(check.op)) {
    report.error(right.span, quote(print(right)) + " is a list", "compare with it by 'in' or 'intersects'");
  } else if (right.many && !list) {
    report.error(right.span, quote(print(right)) + " stands for several values",
                 "write which one, or compare the other way round");
  }
}

void check_event_type(const Node& check, Report& report) {
  const bool left = check.left.field != nullptr && check.left.field->name == kEventType;
  const bool right = check.right && check.right->terms.front().field != nullptr &&
                     check.right->terms.front().field->name == kEventType;
  if ((left && check.right) || right) report.error(check.span, "'evt.type' is not compared with fields");
}

// "'x'", or "item 'x' of list 'ports'" when the condition has the list's name in that place.
std::string literal_text(const Literal& literal, const Report& report) {
  const std::string_view written = report.text(literal.span);
  if (literal.quoted || written == literal.text || !report.is_replaced(literal.span)) return quote(literal.text);
  return "item " + quote(literal.text) + " of list " + quote(written);
}

// The literals of `in` are searched, not walked. Moving a literal moves its text, so text values are set at the end.
void sort_literals(Node& check) {
  auto& literals = check.literals;
  const Type type = check.left.type;
  const auto less = [type](const Literal& a, const Literal& b) {
    if (type == Type::Text) return a.text < b.text;
    if (type != Type::Network) return language::before(a.bound.value, b.bound.value);
    if (language::before(a.bound.value, b.bound.value)) return true;
    return !language::before(b.bound.value, a.bound.value) && a.bound.prefix < b.bound.prefix;
  };
  std::sort(literals.begin(), literals.end(), less);
  const auto same = [&less](const Literal& a, const Literal& b) { return !less(a, b) && !less(b, a); };
  literals.erase(std::unique(literals.begin(), literals.end(), same), literals.end());
  if (type != Type::Text) return;
  for (Literal& literal : literals) literal.bound.value = std::string_view(literal.text);
}

}  // namespace

void Binder::regex(Literal& literal, Report& report) {
  auto& known = regexes_[literal.text];
  if (!known) {
    auto compiled = language::Regex::compile(literal.text);
    if (!compiled) {
      return report.error(literal.span,
                          literal_text(literal, report) + " is not a regular expression: " + compiled.error().message,
                          "RE2's POSIX syntax; a backslash in quotes is written \\\\");
    }
    known = *std::move(compiled);
  }
  literal.bound = {std::string_view(literal.text), 0, known};
}

void Binder::literal(Node& check, Literal& literal, Report& report) {
  if (check.op == Operator::Regex) return regex(literal, report);
  if (takes_bytes(check.op)) {
    auto bytes = parse_bytes(literal.text);
    if (!bytes) {
      report.error(literal.span, literal_text(literal, report) + " is not a row of bytes",
                   "two hexadecimal digits for each: 7f454c46");
    }
    literal.bytes = std::move(bytes).value_or(std::string());
    literal.bound.value = std::string_view(literal.bytes);
    return;
  }
  const Type type = check.left.type;
  const bool whole = check.op == Operator::Equal || check.op == Operator::NotEqual || is_membership(check.op);
  const Field* field = check.left.plain_field();
  const auto operand = parse_operand(type, literal.text);
  if (!operand) {
    report.error(literal.span,
                 literal_text(literal, report) + " does not fit " + (field ? "field " : "") + quote(print(check.left)) +
                     " (" + std::string(type_name(type)) + ")",
                 "it takes " + std::string(value_notation(type)));
  } else if (whole && field != nullptr && field->name == kEventType) {
    check_call(literal, literal_text(literal, report), report);
  } else if (whole && field != nullptr && field->hashes.any() && !read_digits(literal.text)) {
    report.error(literal.span, literal_text(literal, report) + " is not a SHA-256",
                 "it has 64 hexadecimal digits, in lower case");
  }
  literal.bound = operand.value_or(Operand());
}

// What looks like something else than a text. A misspelt list would silently be a value; only names of several words
// are looked at, since single ones, such as sshd beside a list `ssh`, are mostly meant.
void Binder::warn_of_slip(const Node& check, const Literal& literal, Report& report) const {
  if (literal.quoted || report.is_replaced(literal.span)) return;
  if (find_field(literal.text) != nullptr) {
    return report.warning(
        literal.span, quote(literal.text) + " is compared as a text, not as the field of that name",
        "the value of the field is val(" + literal.text + "); if the text is meant, write it in quotes");
  }
  if (language::row(check.op).operands != Operands::Many || literal.text.find('_') == std::string::npos) return;
  const std::string_view near = nearest(literal.text, lists_.names());
  if (near.empty() || near == literal.text) return;
  report.warning(literal.span, quote(literal.text) + " is compared as a text: no list has that name",
                 "did you mean " + quote(near) + "? If not, write it in quotes");
}

void Binder::literals(Node& check, Report& report) {
  for (Literal& literal : check.literals) {
    warn_of_slip(check, literal, report);
    this->literal(check, literal, report);
  }
}

void Binder::check(Node& check, Report& report) {
  Report own = report.begin();
  bind_term(check.left, Side::Left, own);
  if (!own.failed()) check_operator(check, own);
  if (check.right) {
    bind_term(*check.right, Side::Right, own);
    if (!own.failed()) check_sides(check, own);
    if (!own.failed()) check_event_type(check, own);
  } else if (!own.failed()) {
    literals(check, own);
  }
  report.take(own);
  if (!own.failed() && is_membership(check.op)) sort_literals(check);
}

void Binder::bind(Node& tree, Report& report) {
  if (tree.kind == Node::Kind::Check) return check(tree, report);
  for (const language::NodePtr& child : tree.children) bind(*child, report);
}

}  // namespace picket
