// SPDX-License-Identifier: Apache-2.0
//
// Responses in the words of rule files.
#include "rules/language/response.h"

#include <iterator>

#include "rules/event/outcome.h"
#include "rules/language/durations.h"

namespace picket {
namespace {

std::string fields(std::string_view word, const std::vector<OutputPiece>& pieces) {
  std::string text;
  for (const OutputPiece& piece : pieces) {
    text += text.empty() ? " " + std::string(word) + " " : ", ";
    text += piece.text;
  }
  return text;
}

}  // namespace

std::string describe(const Response& response) {
  std::string text = response.enforces() ? "" : "alert";
  if (response.deny) text += "deny (" + std::string(error_name(response.error)) + ")";
  if (response.kill) text += response.deny ? ", kill" : "kill";
  if (response.nobody_exempt) text += ", nobody exempt";
  return text;
}

std::string describe(const Throttle& throttle) {
  if (throttle.every == 0) return {};
  return std::to_string(throttle.max) + " in " + duration_text(throttle.every) + fields("per", throttle.per);
}

std::string describe(const Threshold& threshold) {
  if (threshold.count == 0) return {};
  return std::to_string(threshold.count) + " within " + duration_text(threshold.within) + fields("by", threshold.by);
}

std::string describe(const Sequence& sequence) {
  std::string text;
  for (const std::string& name : sequence.after) text += (text.empty() ? "after " : ", ") + name;
  if (text.empty()) return text;
  text += " within " + duration_text(sequence.within);
  if (sequence.by == Sequence::By::Fields) return text + fields("by", sequence.fields);
  return text + " by " + std::string(kSubjects[static_cast<std::size_t>(sequence.by)]);
}

std::string duration_text(std::uint64_t nanoseconds) {
  const DurationUnit* unit = std::begin(kDurationUnits);
  for (const DurationUnit& larger : kDurationUnits) {
    if (nanoseconds != 0 && nanoseconds % larger.nanoseconds == 0) unit = &larger;
  }
  return std::to_string(nanoseconds / unit->nanoseconds) + std::string(unit->name);
}

}  // namespace picket
