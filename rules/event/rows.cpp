// SPDX-License-Identifier: Apache-2.0
//
// Text that accessors of several parts put together.
#include "rules/event/rows.h"

#include <algorithm>

namespace picket::rows {

std::string_view joined(std::span<const std::string_view> parts, Scratch& scratch) {
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  char* const text = scratch.room(size);
  char* at = text;
  for (const std::string_view part : parts) at += part.copy(at, part.size());
  return {text, size};
}

std::string_view blanks_for_nuls(std::string_view strings, Scratch& scratch) {
  if (strings.ends_with('\0')) strings.remove_suffix(1);
  char* const text = scratch.room(strings.size());
  std::replace_copy(strings.begin(), strings.end(), text, '\0', ' ');
  return {text, strings.size()};
}

}  // namespace picket::rows
