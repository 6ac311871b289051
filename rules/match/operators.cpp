// SPDX-License-Identifier: Apache-2.0
//
// The table of functions. Its rows stand in the order of operators.def, and a type that an operator does not work on has
// no function; both are checked by the compiler.
#include "rules/match/operators.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <span>

namespace picket {
namespace {

using language::Literal;
using language::Node;
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

struct Row {
  Operator id;
  std::array<Test, 5> by_type;
};

#define EACH_TYPE(function) \
  {function<std::string_view>, function<std::int64_t>, function<std::uint64_t>, function<bool>, function<Address>}

}  // namespace

}  // namespace picket
