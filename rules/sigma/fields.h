// SPDX-License-Identifier: Apache-2.0
//
// What Sigma's log sources and fields are in Picket: the tables.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

namespace picket::sigma {

// A text field's value when the event has no text for it.
enum class Empty {
  Missing,   // an empty text cannot be told from none: ''
  Distinct,  // an argument of a program can be empty
};

// A field of Sigma. Of several terms at most one has a value in any event.
struct FieldRow {
  std::string_view name;
  std::array<std::string_view, 4> terms;  // the first ones; the others are empty
  Empty empty = Empty::Missing;
  std::string_view network = {};  // for addresses: the term that is compared with networks
  bool lower_case = false;        // its values never have capital letters
  std::string_view unset = {};    // for numbers: what Sigma's source writes where we have -1
};

// A field whose values each stand for a condition of their own.
struct ChoiceRow {
  std::string_view field, value, condition;
};

// A field that we know and have nothing for.
struct MissingRow {
  std::string_view name, why, hint;
};

struct LogSource {
  std::string_view category, service;  // one of them
  std::string_view guard;              // holds for its events, and no others; empty: each check says it
  std::array<std::span<const FieldRow>, 2> fields;
  std::span<const ChoiceRow> choices;
  std::string_view output;  // the end of the output
};

// The log source, or nullptr. Names are compared without regard to case.
const LogSource* find_source(std::string_view category, std::string_view service);

const FieldRow* find_field_row(const LogSource& source, std::string_view name);
bool is_choice(const LogSource& source, std::string_view field);
const ChoiceRow* find_choice(const LogSource& source, std::string_view field, std::string_view value);
const MissingRow* find_missing(std::string_view name);

// Of a category or service that is not converted; nullptr when it is not known at all.
const MissingRow* find_missing_source(std::string_view name);

// Every name a field of the source can have, for suggestions.
std::vector<std::string_view> names_of_fields(const LogSource& source);

// ---- auditd ----

inline constexpr std::string_view kExecuted = "evt.type in (execve, execveat)";
inline constexpr std::string_view kArguments = "proc.exeline";

inline constexpr std::string_view kAuditd = "auditd";

}  // namespace picket::sigma
