// SPDX-License-Identifier: Apache-2.0
//
// One row for each function says what it takes.
#include "rules/compile/terms.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <variant>

#include "rules/compile/bind.h"
#include "rules/event/unavailable.h"
#include "rules/language/parser.h"

namespace picket {
namespace {

using language::Function;
using language::Term;

// What a function makes of its arguments.
enum class Shape {
  Text,     // a text of a text, or of each element of a list
  Count,    // a number of a text or a list
  Join,     // a text of a text and a list
  Concat,   // a text of texts
  Options,  // a list of a list of words and a description of options
  Same,     // what it is given
};

struct Row {
  Function id;
  Shape shape;
};

constexpr Row kRows[] = {
    {Function::ToLower, Shape::Text},  {Function::ToUpper, Shape::Text},   {Function::Base64, Shape::Text},
    {Function::BaseName, Shape::Text}, {Function::Length, Shape::Count},   {Function::Join, Shape::Join},
    {Function::Concat, Shape::Concat}, {Function::GetOpt, Shape::Options}, {Function::Val, Shape::Same},
};

constexpr bool matches_functions() {
  if (std::size(kRows) != std::size(language::kFunctions)) return false;
  for (std::size_t i = 0; i < std::size(kRows); ++i) {
    if (kRows[i].id != static_cast<Function>(i)) return false;
  }
  return true;
}
static_assert(matches_functions(), "kRows has one row for each of functions.def, in its order");

bool takes_index(Argument argument) { return argument == Argument::Optional || argument == Argument::Required; }
bool requires_argument(Argument argument) {
  return argument == Argument::Required || argument == Argument::RequiredName;
}

// From the name, without the brackets.
language::Span name_span(const Term& term) { return {term.span.offset, term.name.size()}; }

void bind_field(Term& term, Report& report) {
  const Field* field = find_field(term.name);
  if (field == nullptr) {
    const UnknownField unknown = unknown_field(term.name);
    return report.unknown(name_span(term), unknown.message, unknown.hint);
  }
  term.field = field;
  term.type = field->type;
  term.several = field->several;
  term.many = field->get_each != nullptr && !term.has_argument;
  if (term.has_argument && field->argument == Argument::None) {
    report.error(term.span, "field " + quote(field->name) + " takes no argument");
  } else if (!term.has_argument && requires_argument(field->argument)) {
    const bool index = takes_index(field->argument);
    report.error(name_span(term), "field " + quote(field->name) + " needs an argument",
                 "write " + quote(std::string(field->name) + (index ? "[1]" : "[NAME]")));
  } else if (term.has_argument && takes_index(field->argument)) {
    const auto index = parse_index(term.argument);
    if (!index) report.error(term.span, quote(term.argument) + " is not a number");
    term.index = index.value_or(-1);
  }
}

bool is_list(const Term& term) { return term.many && term.several == Several::List; }

std::string name_of(const Term& term) { return quote(term.kind == Term::Kind::List ? "(...)" : print(term)); }

void require_text(const Term& term, const Term& call, Report& report) {
  if (term.type == Type::Text) return;
  report.error(term.span, "function " + quote(call.name) + " needs a text; " + name_of(term) + " is of type " +
                              quote(type_name(term.type)));
}

void require_one(const Term& term, const Term& call, Report& report) {
  if (!term.many) return;
  report.error(term.span, "function " + quote(call.name) + " needs one value; " + name_of(term) + " stands for several",
               term.field != nullptr && term.field->argument == Argument::Optional
                   ? "write which one: " + quote(term.name + "[1]")
                   : std::string());
}

void require_list(const Term& term, const Term& call, Report& report) {
  if (is_list(term)) return;
  report.error(term.span, "function " + quote(call.name) + " needs a list; " + name_of(term) + " is none",
               "write (a, b)");
}

void require_written(const Term& term, const Term& call, Report& report) {
  if (term.kind == Term::Kind::Text) return;
  report.error(term.span, "function " + quote(call.name) + " needs a text in quotes here");
}

// Types of the arguments and of the result.
void bind_shape(Term& call, Shape shape, Report& report) {
  const Term& first = call.terms.front();
  call.type = shape == Shape::Count ? Type::Unsigned : Type::Text;
  switch (shape) {
    case Shape::Text:
      require_text(first, call, report);
      if (!is_list(first)) require_one(first, call, report);
      call.many = first.many;
      call.several = first.several;
      return;
    case Shape::Count:
      if (is_list(first)) return;
      require_text(first, call, report);
      return require_one(first, call, report);
    case Shape::Join:
      require_text(first, call, report);
      require_one(first, call, report);
      require_text(call.terms[1], call, report);
      return require_list(call.terms[1], call, report);
    case Shape::Concat:
      for (const Term& term : call.terms) {
        require_text(term, call, report);
        require_one(term, call, report);
      }
      return;
    case Shape::Options:
      require_text(first, call, report);
      if (!is_list(first)) require_one(first, call, report);
      require_written(call.terms[1], call, report);
      call.many = true;
      call.several = call.has_argument ? Several::Any : Several::List;
      return;
    case Shape::Same:
      call.type = first.type;
      call.many = first.many;
      call.several = first.several;
  }
}

std::string count_of_arguments(const language::FunctionRow& row) {
  if (row.most == 0) return "at least " + std::to_string(row.least);
  return std::to_string(row.least);
}

void bind_call(Term& call, Side side, Report& report) {
  const auto& known = language::kFunctions[static_cast<std::size_t>(call.function)];
  const bool option = call.function == Function::GetOpt;
  if (call.has_argument && (!option || call.argument.size() != 1)) {
    report.error(call.span, option ? quote(call.argument) + " is not a letter of an option"
                                   : "function " + quote(call.name) + " takes no brackets");
  }
  if (call.terms.size() < known.least || (known.most != 0 && call.terms.size() > known.most)) {
    return report.error(call.span, "function " + quote(call.name) + " takes " + count_of_arguments(known) +
                                       (known.least == 1 ? " argument" : " arguments") + ", here are " +
                                       std::to_string(call.terms.size()));
  }
  if (call.function == Function::Val && side == Side::Left) {
    return report.error(call.span, "'val' belongs on the right side of a check",
                        "on the left a field needs no 'val': write " + quote(print(call.terms.front())));
  }
  Report own = report.begin();
  for (Term& term : call.terms) {
    bind_term(term, Side::Left, own);
    if (term.field == nullptr || term.field->name != kEventType) continue;
    own.error(term.span, "functions of 'evt.type' are not possible", "compare it with = or in");
  }
  if (!own.failed()) bind_shape(call, kRows[static_cast<std::size_t>(call.function)].shape, own);
  report.take(own);
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

void bind_term(Term& term, Side side, Report& report) {
  switch (term.kind) {
    case Term::Kind::Field:
      return bind_field(term, report);
    case Term::Kind::Call:
      return bind_call(term, side, report);
    case Term::Kind::Text:
      return;
    case Term::Kind::List:
      term.many = true;
      term.several = Several::List;
      for (Term& element : term.terms) bind_term(element, Side::Left, report);
      // A list of other things than texts is none: what is done with it would abort.
      for (const Term& element : term.terms) {
        if (element.type != Type::Text) term.type = element.type;
        if (element.many) report.error(element.span, "an element of a list must be one value");
      }
  }
}

std::optional<language::Term> bind_alone(Report& report) {
  auto parsed = language::parse_term(report.source());
  if (const auto* error = std::get_if<language::SyntaxError>(&parsed)) {
    report.error(error->span, error->message, error->hint);
    return std::nullopt;
  }
  auto& [term, length] = std::get<language::ParsedTerm>(parsed);
  const std::size_t rest = report.source().size() - length;
  if (rest > 0) report.error({length, rest}, "this is not a field, nor a function of fields");
  bind_term(term, Side::Left, report);
  if (report.failed()) return std::nullopt;
  return std::move(term);
}

}  // namespace picket
