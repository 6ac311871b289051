// SPDX-License-Identifier: Apache-2.0
#include "exporters/sink/filter.h"

#include <algorithm>

namespace picket {
namespace {

bool any_matches(const std::vector<std::string>& patterns, std::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [text](const std::string& pattern) { return matches_glob(pattern, text); });
}

}  // namespace

// Goes back to the last * only: an earlier one can do nothing that it cannot. So the time is at most the product of
// both lengths.
bool matches_glob(std::string_view pattern, std::string_view text) {
  std::size_t in_pattern = 0, in_text = 0;
  std::size_t star = pattern.npos, star_text = 0;
  while (in_text < text.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      star = in_pattern++;
      star_text = in_text;
    } else if (in_pattern < pattern.size() && (pattern[in_pattern] == '?' || pattern[in_pattern] == text[in_text])) {
      ++in_pattern;
      ++in_text;
    } else if (star != pattern.npos) {
      in_pattern = star + 1;
      in_text = ++star_text;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in_pattern) == pattern.npos;
}

bool Filter::wants(MessageType type, Priority of_rule, std::string_view rule,
                   std::span<const std::string> of_rule_tags) const {
  if (type != MessageType::Alert) return others && rules.empty() && tags.empty();
  if (!alerts || (priority && of_rule > *priority)) return false;
  if (!rules.empty() && !any_matches(rules, rule)) return false;
  return tags.empty() || std::any_of(of_rule_tags.begin(), of_rule_tags.end(),
                                     [this](const std::string& tag) { return any_matches(tags, tag); });
}

}  // namespace picket
