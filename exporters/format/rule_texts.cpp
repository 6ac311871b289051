// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/rule_texts.h"

#include <algorithm>

#include "exporters/format/json.h"
#include "exporters/format/members.h"

namespace picket {
namespace {

void write_members(JsonWriter& json, const Alert& alert) {
  json.member("rule", alert.rule).member("priority", priority_name(alert.priority));
  json.member("severity", severity_name(alert.severity)).member("severity_id", static_cast<int>(alert.severity));
  text_if_any(json, "description", alert.description);
  json.name("tags").open('[');
  for (const std::string& tag : alert.tags) json.text(tag);
  json.close(']');
  write_attacks(json, alert.attacks);
}

}  // namespace

// Each once, though it may stand there twice.
void RuleTexts::take_fields(std::span<const OutputPiece> output, std::vector<RuleText::Field>& fields) {
  for (std::uint32_t i = 0; i < output.size(); ++i) {
    const auto same = [&](const RuleText::Field& field) { return output[field.piece].text == output[i].text; };
    if (output[i].literal() || std::any_of(fields.begin(), fields.end(), same)) continue;
    made_.clear();
    JsonWriter(made_).any_name(output[i].text);
    fields.push_back({i, std::string(made_.view())});
  }
}

const RuleText& RuleTexts::of(const Alert& alert) {
  RuleText& text = places_[alert.rule_revision % kPlaces];
  if (alert.rule_revision != 0 && text.revision == alert.rule_revision) return text;
  text.revision = alert.rule_revision;
  made_.clear();
  JsonWriter json(made_);
  write_members(json, alert);
  json.finish();
  text.members.assign(1, ',');
  text.members += made_.view();
  text.fields.clear();
  take_fields(alert.output, text.fields);
  return text;
}

}  // namespace picket
