// SPDX-License-Identifier: Apache-2.0
//
// Filter: which messages a sink wants.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/sink/message.h"

namespace picket {

// Whether all of the text is what the pattern says: * is any number of bytes, ? is one, everything else is itself.
bool matches_glob(std::string_view pattern, std::string_view text);

// Everything that is set has to hold. What the sensor says about itself has no rule: `rules`, `tags` and `priority`
// are asked of alerts alone, and only alerts meet `rules` and `tags`.
struct Filter {
  std::vector<std::string> rules = {};    // names or globs, one of which is the rule's
  std::vector<std::string> tags = {};     // names or globs, one of which is one of the rule's tags
  std::optional<Priority> priority = {};  // the least urgent that is wanted
  bool alerts = true, others = true;

  bool everything() const { return rules.empty() && tags.empty() && !priority && alerts && others; }
  bool wants(MessageType type, Priority priority, std::string_view rule, std::span<const std::string> tags) const;
};

}  // namespace picket
