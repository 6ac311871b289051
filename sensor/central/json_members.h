// SPDX-License-Identifier: Apache-2.0
//
// Reading members of JSON objects into what tables say. Private to sensor/central: the only place that knows the
// parser.
//
// Nothing here recurses: how deep is read is how deep the tables are nested, whatever a message has. Members that no
// table names are passed over. All functions return false when a value is not what it has to be.
#pragma once

#include <simdjson.h>

#include <concepts>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "exporters/format/members.h"
#include "rules/event/value.h"

namespace picket::central {

namespace json = simdjson::ondemand;

// Bytes that have to be readable behind a text that is parsed: the parser's own, and those by which a key is looked at
// beyond its end.
inline constexpr std::size_t kPadding = simdjson::SIMDJSON_PADDING + 64;

// How a key stands to a name: it is that, it is NAME_base64, or another one. Names are shorter than the padding.
enum class KeyIs { Another, Name, Exact };
inline KeyIs compare(json::raw_json_string key, std::string_view name) {
  constexpr std::string_view kExact = "_base64\"";
  const char* const at = key.raw();
  if (std::memcmp(at, name.data(), name.size()) != 0) return KeyIs::Another;
  if (at[name.size()] == '"') return KeyIs::Name;
  return std::memcmp(at + name.size(), kExact.data(), kExact.size()) == 0 ? KeyIs::Exact : KeyIs::Another;
}

inline bool read_text(json::value& value, std::string_view& to) {
  return value.get_string().get(to) == simdjson::SUCCESS;
}

// The bytes lie in scratch.
std::optional<std::string_view> decode_base64(std::string_view text, Scratch& scratch);

template <std::integral Number>
bool read_number(json::value& value, Number& to) {
  std::conditional_t<std::is_signed_v<Number>, std::int64_t, std::uint64_t> number = 0;
  if constexpr (std::is_signed_v<Number>) {
    if (value.get_int64().get(number) != simdjson::SUCCESS) return false;
  } else {
    if (value.get_uint64().get(number) != simdjson::SUCCESS) return false;
  }
  if (number < std::numeric_limits<Number>::min() || number > std::numeric_limits<Number>::max()) return false;
  to = static_cast<Number>(number);
  return true;
}

inline bool read_truth(json::value& value, bool& to) { return value.get_bool().get(to) == simdjson::SUCCESS; }

bool parse_date(std::string_view text, std::uint64_t& since_1970);  // nanoseconds, from put_rfc3339()
bool parse_hex(std::string_view digits, std::uint64_t& to);         // put_hex()'s 16 digits
bool parse_entity_id(std::string_view text, pk_key& to);            // write_entity_id()'s

template <class To, bool (*parse)(std::string_view, To&)>
bool read_as(json::value& value, To& to) {
  std::string_view text;
  return read_text(value, text) && parse(text, to);
}
inline bool read_date(json::value& value, std::uint64_t& to) { return read_as<std::uint64_t, parse_date>(value, to); }
inline bool read_mask(json::value& value, std::uint64_t& to) { return read_as<std::uint64_t, parse_hex>(value, to); }
inline bool read_entity_id(json::value& value, pk_key& to) { return read_as<pk_key, parse_entity_id>(value, to); }

// Those of the names that are known; later versions may have more.
bool read_flags(json::value& value, std::span<const FlagName> names, std::uint32_t& to);

// write_hashes()'s; hashes of other algorithms are passed over.
bool read_hashes(json::value& value, FileHash& to);

// Strings, each ended by a NUL byte. `exact`: they are base64.
bool read_strings(json::value& value, bool exact, std::string& to, Scratch& scratch);

// A member of a Target. Texts have `text`, which gets their exact bytes: those of NAME_base64 if that comes, too, which
// stands behind NAME. They are good while the message is read.
template <class Target>
struct Row {
  std::string_view name;
  bool (*read)(json::value& value, Target& target) = nullptr;
  void (*text)(std::string_view text, Target& target) = nullptr;
};

// Finds the row of a key: as a rule it is the one behind the row that was found before.
template <class Rows>
auto find_row(const Rows& rows, json::raw_json_string key, std::size_t& next, KeyIs& is) -> decltype(&rows[0]) {
  const std::size_t size = std::size(rows);
  for (std::size_t tried = 0; tried < size; ++tried, ++next) {
    if (next >= size) next = 0;
    is = compare(key, rows[next].name);
    if (is == KeyIs::Another) continue;
    const auto* const found = &rows[next];
    if (is == KeyIs::Name) ++next;
    return found;
  }
  return nullptr;
}

template <class Target>
bool read_member(const Row<Target>& row, KeyIs is, json::value& value, Target& target) {
  if (row.text == nullptr) return is == KeyIs::Exact || row.read(value, target);
  std::string_view text;
  if (!read_text(value, text)) return false;
  if (is == KeyIs::Exact) {
    const auto bytes = decode_base64(text, target.scratch);
    if (!bytes) return false;
    text = *bytes;
  }
  row.text(text, target);
  return true;
}

template <class Target, std::size_t N>
bool read_members(json::value& value, const Row<Target> (&rows)[N], Target& target) {
  json::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) return false;
  std::size_t next = 0;
  for (auto each : object) {
    json::field field;
    if (std::move(each).get(field) != simdjson::SUCCESS) return false;
    KeyIs is = KeyIs::Another;
    const Row<Target>* const row = find_row(rows, field.key(), next, is);
    if (row != nullptr && !read_member(*row, is, field.value(), target)) return false;
  }
  return true;
}

// use(value) for each element of an array.
template <class Use>
bool read_elements(json::value& value, Use use) {
  json::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) return false;
  for (auto each : array) {
    json::value element;
    if (std::move(each).get(element) != simdjson::SUCCESS || !use(element)) return false;
  }
  return true;
}

}  // namespace picket::central
