// SPDX-License-Identifier: Apache-2.0
//
// The table of functions. Its rows stand in the order of operators.def, and a type that an operator does not work on
// has no function; both are checked by the compiler.
#include "rules/match/operators.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <span>

namespace picket {
namespace {

using language::Literal;
using language::Operator;

using Literals = std::span<const Literal>;
using Test = bool (*)(const Value& value, Literals literals);

template <class T>
const T& as(const Value& value) {
  const T* content = std::get_if<T>(&value);
  if (!content) std::abort();  // an accessor yields its field's type, and literals were converted to it
  return *content;
}

template <class T>
bool equal(const Value& value, Literals literals) {
  return as<T>(value) == as<T>(literals.front().value);
}

template <class T>
bool not_equal(const Value& value, Literals literals) {
  return !equal<T>(value, literals);
}

template <class T>
bool less(const Value& value, Literals literals) {
  return as<T>(value) < as<T>(literals.front().value);
}

template <class T>
bool greater(const Value& value, Literals literals) {
  return as<T>(value) > as<T>(literals.front().value);
}

template <class T>
bool less_equal(const Value& value, Literals literals) {
  return !greater<T>(value, literals);
}

template <class T>
bool greater_equal(const Value& value, Literals literals) {
  return !less<T>(value, literals);
}

// The literals are sorted.
template <class T>
bool in(const Value& value, Literals literals) {
  const auto found = std::lower_bound(
      literals.begin(), literals.end(), value,
      [](const Literal& literal, const Value& wanted) { return language::before(literal.value, wanted); });
  return found != literals.end() && as<T>(found->value) == as<T>(value);
}

bool starts_with(const Value& value, Literals literals) {
  return as<std::string_view>(value).starts_with(as<std::string_view>(literals.front().value));
}

bool ends_with(const Value& value, Literals literals) {
  return as<std::string_view>(value).ends_with(as<std::string_view>(literals.front().value));
}

bool contains(const Value& value, Literals literals) {
  return as<std::string_view>(value).find(as<std::string_view>(literals.front().value)) != std::string_view::npos;
}

bool exists(const Value&, Literals) { return true; }

using Text = std::string_view;
using Signed = std::int64_t;
using Unsigned = std::uint64_t;

// One function for each Type, in its order.
struct Row {
  Operator id;
  std::array<Test, 5> by_type;
};

constexpr Row kRows[] = {
    {Operator::NotEqual,
     {not_equal<Text>, not_equal<Signed>, not_equal<Unsigned>, not_equal<bool>, not_equal<Address>}},
    {Operator::Equal, {equal<Text>, equal<Signed>, equal<Unsigned>, equal<bool>, equal<Address>}},
    {Operator::LessEqual, {nullptr, less_equal<Signed>, less_equal<Unsigned>}},
    {Operator::Less, {nullptr, less<Signed>, less<Unsigned>}},
    {Operator::GreaterEqual, {nullptr, greater_equal<Signed>, greater_equal<Unsigned>}},
    {Operator::Greater, {nullptr, greater<Signed>, greater<Unsigned>}},
    {Operator::In, {in<Text>, in<Signed>, in<Unsigned>, in<bool>, in<Address>}},
    {Operator::StartsWith, {starts_with}},
    {Operator::EndsWith, {ends_with}},
    {Operator::Contains, {contains}},
    {Operator::Exists, {exists, exists, exists, exists, exists}},
};

constexpr bool matches_operators() {
  if (std::size(kRows) != std::size(language::kOperators)) return false;
  for (std::size_t op = 0; op < std::size(kRows); ++op) {
    if (kRows[op].id != static_cast<Operator>(op)) return false;
    for (std::size_t type = 0; type < kRows[op].by_type.size(); ++type) {
      const bool works = language::kOperators[op].works_on(static_cast<Type>(type));
      if (works != (kRows[op].by_type[type] != nullptr)) return false;
    }
  }
  return true;
}
static_assert(matches_operators(),
              "kRows has one row for each of operators.def and a function for each type it works on");

}  // namespace

bool passes(const language::Node& check, const Value& value) {
  const Row& row = kRows[static_cast<std::size_t>(check.op)];
  return row.by_type[static_cast<std::size_t>(check.field->type)](value, check.literals);
}

}  // namespace picket
