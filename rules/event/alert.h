// SPDX-License-Identifier: Apache-2.0
//
// Alert: a rule that matched an event, as exporters see it. A view: it owns nothing and lives as long as the event.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/event/catalogue.h"
#include "rules/event/event.h"

namespace picket {

// Severities of rules, most urgent first, with Falco's names.
enum class Priority { Emergency, Alert, Critical, Error, Warning, Notice, Informational, Debug };

std::string_view priority_name(Priority priority);  // "Critical"

// A piece of a rule's output template: literal text, or a field.
struct OutputPiece {
  std::string text;              // the literal, or the token as written without % ("proc.aname[2]")
  const Field* field = nullptr;  // nullptr: literal
  int index = -1;
};

struct Alert {
  const Event* event = nullptr;
  std::string_view rule;
  std::string_view description;
  Priority priority = Priority::Debug;
  std::span<const std::string> tags;
  std::span<const OutputPiece> output;  // the template; `message` is its text for this event
  std::string_view message;
};

}  // namespace picket
