// SPDX-License-Identifier: Apache-2.0
#include "exporters/sink/settings.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <span>

namespace picket {
namespace {

struct Unit {
  std::string_view suffix;
  std::uint64_t factor;
};

constexpr Unit kSizes[] = {{"K", 1ull << 10}, {"M", 1ull << 20}, {"G", 1ull << 30}, {"", 1}};
constexpr Unit kTimes[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};

constexpr std::uint64_t kMost = 1ull << 50;  // of either: no overflow anywhere

// A decimal number with one of the units behind it.
std::optional<std::uint64_t> parse_with_unit(std::string_view text, std::span<const Unit> units) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view suffix(rest, static_cast<std::size_t>(end - rest));
  const auto unit =
      std::find_if(units.begin(), units.end(), [suffix](const Unit& row) { return row.suffix == suffix; });
  if (unit == units.end() || number > kMost / unit->factor) return std::nullopt;
  return number * unit->factor;
}

}  // namespace

const SinkSettings::Value* SinkSettings::find(std::string_view key) const {
  const auto found =
      std::find_if(values_.begin(), values_.end(), [key](const Value& value) { return value.first == key; });
  return found == values_.end() ? nullptr : &*found;
}

std::string_view SinkSettings::get(std::string_view key, std::string_view otherwise) const {
  const Value* const value = find(key);
  return value == nullptr ? otherwise : std::string_view(value->second);
}

std::optional<std::uint64_t> parse_size(std::string_view text) { return parse_with_unit(text, kSizes); }
std::optional<std::uint64_t> parse_milliseconds(std::string_view text) { return parse_with_unit(text, kTimes); }

std::optional<std::uint32_t> parse_file_mode(std::string_view text) {
  if (text.size() == 4 && text.front() == '0') text.remove_prefix(1);
  if (text.size() != 3 || text.find_first_not_of("01234567") != text.npos) return std::nullopt;
  std::uint32_t mode = 0;
  std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  return mode;
}

std::optional<std::uint64_t> parse_count(std::string_view text, std::uint64_t most) {
  constexpr Unit kPlain[] = {{"", 1}};
  const auto count = parse_with_unit(text, kPlain);
  return count && *count <= most ? count : std::nullopt;
}

Error expected_instead(std::string_view what, std::string_view text) {
  return Error{"expected " + std::string(what) + ", got '" + std::string(text) + "'", ""};
}

Result<void> check_size(std::string_view text) {
  if (parse_size(text)) return {};
  return expected_instead("bytes, as 65536, 64K, 100M or 1G", text);
}

Result<void> check_milliseconds(std::string_view text) {
  if (parse_milliseconds(text)) return {};
  return expected_instead("a time, as 500ms, 30s, 10m, 24h or 7d", text);
}

Result<void> check_file_mode(std::string_view text) {
  if (parse_file_mode(text)) return {};
  return expected_instead("a file's mode in octal, as 0600 or 640", text);
}

Result<void> check_path(std::string_view text) {
  if (text.starts_with('/') && text.find('\0') == text.npos) return {};
  return expected_instead("an absolute path", text);
}

Result<void> check_bool(std::string_view text) {
  if (text == "true" || text == "false") return {};
  return expected_instead("true or false", text);
}

}  // namespace picket
