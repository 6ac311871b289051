// SPDX-License-Identifier: Apache-2.0
//
// What is the same in all alerts of a rule, kept for the next one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "exporters/format/text_buffer.h"
#include "rules/event/alert.h"

namespace picket {

struct RuleText {
  struct Field {
    std::uint32_t piece;  // where its output has it
    std::string name;     // as JSON has it, colon included
  };

  std::uint64_t revision = 0;  // of the rule that it is of
  std::string members;         // from "rule" to "attacks", with a comma at the front
  std::vector<Field> fields;   // of its output, each once
};

// Used from one thread. Allocates only for a rule that is new to it. What is kept is about as long as the rules are.
class RuleTexts {
 public:
  // Good until the next call. Of a rule that has no revision it is made anew each time.
  const RuleText& of(const Alert& alert);

 private:
  void take_fields(std::span<const OutputPiece> output, std::vector<RuleText::Field>& fields);

  static constexpr std::size_t kPlaces = 64;  // rules of a policy have revisions in a row

  std::array<RuleText, kPlaces> places_;
  TextBuffer made_;
};

}  // namespace picket
