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
#include <string_view>
#include <vector>

#include "rules/language/regex.h"
#include "rules/match/glob.h"

namespace picket {
namespace {

using language::Literal;
using language::Modifier;
using language::Operand;
using language::Operator;

using Test = bool (*)(const Value& value, const Operand& operand, Scratch& scratch);

template <class T>
const T& as(const Value& value) {
  const T* content = std::get_if<T>(&value);
  if (!content) std::abort();  // an accessor yields its field's type, and literals were converted to it
  return *content;
}

template <class T>
bool equal(const Value& value, const Operand& operand, Scratch&) {
  return as<T>(value) == as<T>(operand.value);
}

template <class T>
bool not_equal(const Value& value, const Operand& operand, Scratch& scratch) {
  return !equal<T>(value, operand, scratch);
}

template <class T>
bool less(const Value& value, const Operand& operand, Scratch&) {
  return as<T>(value) < as<T>(operand.value);
}

template <class T>
bool greater(const Value& value, const Operand& operand, Scratch&) {
  return as<T>(value) > as<T>(operand.value);
}

template <class T>
bool less_equal(const Value& value, const Operand& operand, Scratch& scratch) {
  return !greater<T>(value, operand, scratch);
}

template <class T>
bool greater_equal(const Value& value, const Operand& operand, Scratch& scratch) {
  return !less<T>(value, operand, scratch);
}

bool in_network(const Value& value, const Operand& network, Scratch&) {
  const Address &address = as<Address>(value), &wanted = as<Address>(network.value);
  if (address.family != wanted.family) return false;
  const std::size_t bytes = network.prefix / 8, bits = network.prefix % 8;
  if (!std::equal(address.bytes.begin(), address.bytes.begin() + bytes, wanted.bytes.begin())) return false;
  return bits == 0 || (address.bytes[bytes] ^ wanted.bytes[bytes]) >> (8 - bits) == 0;
}

bool not_in_network(const Value& value, const Operand& network, Scratch& scratch) {
  return !in_network(value, network, scratch);
}

using Text = std::string_view;
using Signed = std::int64_t;
using Unsigned = std::uint64_t;

bool starts_with(const Value& value, const Operand& operand, Scratch&) {
  return as<Text>(value).starts_with(as<Text>(operand.value));
}

bool ends_with(const Value& value, const Operand& operand, Scratch&) {
  return as<Text>(value).ends_with(as<Text>(operand.value));
}

bool contains(const Value& value, const Operand& operand, Scratch&) {
  return as<Text>(value).find(as<Text>(operand.value)) != Text::npos;
}

bool contains_folded(const Value& value, const Operand& operand, Scratch&) {
  const Text text = as<Text>(value), wanted = as<Text>(operand.value);
  const auto same = [](char a, char b) { return folded(a) == folded(b); };
  return wanted.empty() || std::search(text.begin(), text.end(), wanted.begin(), wanted.end(), same) != text.end();
}

template <Case fold>
bool glob(const Value& value, const Operand& operand, Scratch&) {
  return glob_matches(as<Text>(operand.value), as<Text>(value), fold);
}

bool path(const Value& value, const Operand& operand, Scratch&) {
  return path_matches(as<Text>(operand.value), as<Text>(value));
}

bool regex(const Value& value, const Operand& operand, Scratch& scratch) {
  return operand.regex->matches(as<Text>(value), scratch);
}

bool exists(const Value&, const Operand&, Scratch&) { return true; }

// One function for each Type, in its order. Values and literals of networks are addresses.
struct Row {
  Operator id;
  std::array<Test, 6> by_type;
};

constexpr Row kRows[] = {
    {Operator::NotEqual,
     {not_equal<Text>, not_equal<Signed>, not_equal<Unsigned>, not_equal<bool>, not_equal<Address>, not_in_network}},
    {Operator::Equal, {equal<Text>, equal<Signed>, equal<Unsigned>, equal<bool>, equal<Address>, in_network}},
    {Operator::LessEqual, {less_equal<Text>, less_equal<Signed>, less_equal<Unsigned>}},
    {Operator::Less, {less<Text>, less<Signed>, less<Unsigned>}},
    {Operator::GreaterEqual, {greater_equal<Text>, greater_equal<Signed>, greater_equal<Unsigned>}},
    {Operator::Greater, {greater<Text>, greater<Signed>, greater<Unsigned>}},
    {Operator::Intersects, {equal<Text>, equal<Signed>, equal<Unsigned>, equal<bool>, equal<Address>, in_network}},
    {Operator::In, {equal<Text>, equal<Signed>, equal<Unsigned>, equal<bool>, equal<Address>, in_network}},
    {Operator::PathMatch, {path}},
    {Operator::StartsWith, {starts_with}},
    {Operator::BytesStartWith, {starts_with}},
    {Operator::EndsWith, {ends_with}},
    {Operator::Contains, {contains}},
    {Operator::IContains, {contains_folded}},
    {Operator::BytesContain, {contains}},
    {Operator::Glob, {glob<Case::Exact>}},
    {Operator::IGlob, {glob<Case::Folded>}},
    {Operator::Regex, {regex}},
    {Operator::Exists, {exists, exists, exists, exists, exists, exists}},
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

// Most names differ in their first byte, which needs no call to tell.
bool before(Text a, Text b) {
  if (a.empty() || b.empty() || a.front() == b.front()) return a < b;
  return static_cast<unsigned char>(a.front()) < static_cast<unsigned char>(b.front());
}

// So few are sooner compared one by one: most differ in their size, which needs no call to tell.
constexpr std::size_t kFew = 8;

// The literals are sorted. Lists of names and paths are what most rules have, and the longest.
bool is_among(std::string_view text, const std::vector<Literal>& literals) {
  if (literals.size() <= kFew) {
    for (const Literal& literal : literals) {
      if (as<Text>(literal.bound.value) == text) return true;
    }
    return false;
  }
  const auto found = std::lower_bound(literals.begin(), literals.end(), text, [](const Literal& literal, Text wanted) {
    return before(as<Text>(literal.bound.value), wanted);
  });
  return found != literals.end() && as<Text>(found->bound.value) == text;
}

bool is_among(const Value& value, const std::vector<Literal>& literals) {
  if (const auto* text = std::get_if<Text>(&value)) return is_among(*text, literals);
  const auto found = std::lower_bound(
      literals.begin(), literals.end(), value,
      [](const Literal& literal, const Value& wanted) { return language::before(literal.bound.value, wanted); });
  return found != literals.end() && !language::before(value, found->bound.value);
}

}  // namespace

bool passes(const language::Node& check, const Value& value, const Operand& operand, Scratch& scratch) {
  const Row& row = kRows[static_cast<std::size_t>(check.op)];
  return row.by_type[static_cast<std::size_t>(check.left.type)](value, operand, scratch);
}

bool passes(const language::Node& check, const Value& value, Scratch& scratch) {
  const auto& literals = check.literals;
  const auto one_passes = [&](const Literal& literal) { return passes(check, value, literal.bound, scratch); };
  const bool membership = check.op == Operator::In || check.op == Operator::Intersects;
  if (membership && check.left.type != Type::Network) return is_among(value, literals);
  switch (check.modifier) {
    case Modifier::AllOf:
      return !literals.empty() && std::all_of(literals.begin(), literals.end(), one_passes);
    case Modifier::OneOf:
      return std::count_if(literals.begin(), literals.end(), one_passes) == 1;
    case Modifier::None:
      if (check.op == Operator::Exists) return true;
      [[fallthrough]];
    case Modifier::AnyOf:
      for (const Literal& literal : literals) {
        if (one_passes(literal)) return true;
      }
      return false;
  }
  std::abort();
}

}  // namespace picket
