// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/rule_texts.h"

#include <algorithm>

#include "exporters/format/members.h"

namespace picket {
namespace {

// In OCSF's shape.
void write_attacks(JsonWriter& json, std::span<const Attack> attacks) {
  if (attacks.empty()) return;
  const auto write_uid = [&json](std::string_view member, std::string_view uid) {
    if (!uid.empty()) json.name(member).open('{').member("uid", uid).close('}');
  };
  json.name("attacks").open('[');
  for (const Attack& attack : attacks) {
    json.open('{');
    if (attack.tactic != nullptr) {
      json.name("tactic").open('{').member("uid", attack.tactic->uid).member("name", attack.tactic->name).close('}');
    }
    write_uid("technique", attack.technique);
    write_uid("sub_technique", attack.sub_technique);
    json.close('}');
  }
  json.close(']');
}

void write_members(JsonWriter& json, const Alert& alert) {
  json.member("rule", alert.rule).member("priority", priority_name(alert.priority));
  json.member("severity", severity_name(alert.severity)).member("severity_id", static_cast<int>(alert.severity));
  text_if_any(json, "description", alert.description);
  json.name("tags").open('[');
  for (const std::string& tag : alert.tags) json.text(tag);
  json.close(']');
  write_attacks(json, alert.attacks);
}

// Each once, though it may stand there twice.
void take_fields(std::span<const OutputPiece> output, std::vector<std::uint32_t>& fields) {
  for (std::uint32_t i = 0; i < output.size(); ++i) {
    const auto same = [&](std::uint32_t field) { return output[field].text == output[i].text; };
    if (!output[i].literal() && std::none_of(fields.begin(), fields.end(), same)) fields.push_back(i);
  }
}

}  // namespace

const RuleText& RuleTexts::of(const Alert& alert) {
  RuleText& text = places_[alert.rule_revision % kPlaces];
  if (alert.rule_revision != 0 && text.revision == alert.rule_revision) return text;
  text.revision = alert.rule_revision;
  made_.clear();
  JsonWriter json(made_);
  write_members(json, alert);
  json.finish();
  text.members = ",";
  text.members += made_.view();
  text.fields.clear();
  take_fields(alert.output, text.fields);
  return text;
}

}  // namespace picket
