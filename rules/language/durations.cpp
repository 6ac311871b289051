// SPDX-License-Identifier: Apache-2.0
#include "rules/language/durations.h"

#include <charconv>
#include <system_error>

namespace picket {

std::optional<std::uint64_t> parse_duration(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const DurationUnit& unit : kDurationUnits) {
    if (unit.name == name && number <= UINT64_MAX / unit.nanoseconds) return number * unit.nanoseconds;
  }
  return std::nullopt;
}

}  // namespace picket
