// SPDX-License-Identifier: Apache-2.0
//
// What the configuration says of one sink's destination, as text, and how such texts are read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/event/result.h"

namespace picket {

// The keys of its type that were given, each checked by itself (SinkOption::check). Nested ones are joined by dots.
class SinkSettings {
 public:
  using Value = std::pair<std::string, std::string>;

  void add(std::string key, std::string value) { values_.emplace_back(std::move(key), std::move(value)); }

  // What was given for that key; `otherwise` when nothing was.
  std::string_view get(std::string_view key, std::string_view otherwise = {}) const;
  bool has(std::string_view key) const { return find(key) != nullptr; }

  // All of them, in the order of the file.
  const std::vector<Value>& values() const { return values_; }

 private:
  const Value* find(std::string_view key) const;

  std::vector<Value> values_;
};

// Bytes: a number, with K, M or G behind it for powers of 1024.
std::optional<std::uint64_t> parse_size(std::string_view text);

// Milliseconds: 500ms, 30s, 10m, 24h, 7d.
std::optional<std::uint64_t> parse_milliseconds(std::string_view text);

// Of a file: three octal digits, or four that begin with 0. No others than the nine of rwx.
std::optional<std::uint32_t> parse_file_mode(std::string_view text);

// A number of at most that, in decimal.
std::optional<std::uint64_t> parse_count(std::string_view text, std::uint64_t most);

// For SinkOption::check: success, or what was expected.
Result<void> check_size(std::string_view text);
Result<void> check_milliseconds(std::string_view text);
Result<void> check_file_mode(std::string_view text);
Result<void> check_path(std::string_view text);  // absolute
Result<void> check_bool(std::string_view text);

// The error that those return: "expected WHAT, got 'TEXT'".
Error expected_instead(std::string_view what, std::string_view text);

}  // namespace picket
