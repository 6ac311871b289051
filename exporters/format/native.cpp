// SPDX-License-Identifier: Apache-2.0
//
// Alerts. The members are described, one by one, in docs/schema/picket.alert.v1.schema.json; a test holds every kind of
// output against it.
#include "exporters/format/native.h"

#include <utility>

#include "exporters/format/container.h"
#include "exporters/format/fields.h"
#include "exporters/format/json.h"
#include "exporters/format/members.h"
#include "rules/event/outcome.h"

namespace picket {
namespace {

// In the order of Outcome::Is. The words are those of ECS.
constexpr std::string_view kOutcomes[] = {"success", "failure", "unknown"};

// Of an open that failed nobody knows who decided it.
std::string_view decision_of(const Event& event) {
  if (event.header->decision != PK_ALLOWED) return decision_name(event.header->decision);
  if (event.header->error == 0) return "allowed";
  return event.kind() == Kind::open_failed ? "failed" : "denied";
}

// One record being written.
class NativeRecord {
 public:
  NativeRecord(TextBuffer& out, const Event& event, std::string_view boot_id, LineageTexts& lineages, Scratch& scratch)
      : json_(out), event_(event), boot_id_(boot_id), lineages_(lineages), scratch_(scratch) {}

  void write_alert(const Alert& alert, EnvelopeText& envelope, const RuleText& rule);

 private:
  void write_event();
  void write_acting_user();
  void write_decision();
  void write_lineage();
  void write_output_fields(const Alert& alert, const RuleText& rule);

  JsonWriter json_;
  const Event& event_;
  const std::string_view boot_id_;
  LineageTexts& lineages_;
  Scratch& scratch_;
};

void NativeRecord::write_alert(const Alert& alert, EnvelopeText& envelope, const RuleText& rule) {
  json_.open('{');
  json_.again(envelope.of(event_.header->time + static_cast<std::uint64_t>(event_.wall_clock_offset)));
  if (alert.id != 0) write_alert_id(json_.name("id"), alert.id);
  text_if_any(json_, "id", alert.id_text);
  json_.again(rule.members);
  json_.member("message", alert.message);
  if (alert.throttled != 0) json_.member("throttled", alert.throttled);
  write_event();
  write_lineage();
  if (event_.container != nullptr) {
    json_.name("container");
    append_container(json_, *event_.container, event_.wall_clock_offset);
  }
  write_output_fields(alert, rule);
  json_.close('}').end_line();
}

void NativeRecord::write_event() {
  const pk_header& header = *event_.header;
  json_.name("event").open('{');
  json_.word_member("kind", kind_name(event_.kind())).word_member("type", call_name(event_));
  json_.member("tid", header.tid).member("uid", header.uid).member("gid", header.gid);
  write_acting_user();
  json_.member("cpu", header.cpu).member("sequence", header.sequence).member("boottime", header.time);
  if (header.syscall >= 0) json_.member("syscall", header.syscall);
  if (header.cgroup != event_.process->cgroup) json_.member("cgroup", header.cgroup);
  write_flags(json_, "flags", header.flags, kFlags);
  write_decision();
  text_if_any(json_, "reached_by", event_.reached_by);
  text_if_any(json_, "remote_name", event_.host_name);
  text_if_any(json_, "local_name", event_.local_name);
  if (event_.file_hash != nullptr) write_hashes(json_, "file_hashes", *event_.file_hash);
  append_fields(json_, event_, boot_id_);
  json_.close('}');
}

// A thread can be another user than the process was when it was last heard of.
void NativeRecord::write_acting_user() {
  const pk_header& header = *event_.header;
  if (header.uid != event_.process->uid) write_account(json_, "user", header.uid, *event_.names);
  if (header.gid != event_.process->gid) write_group(json_, "group", header.gid, *event_.names);
}

void NativeRecord::write_decision() {
  const pk_header& header = *event_.header;
  const Outcome outcome = outcome_of(event_);
  if (header.decision != PK_ALLOWED || header.policy != 0 || header.conjunct != 0) {
    json_.member("generation", header.policy).member("conjunct", header.conjunct);
  }
  if (event_.result && header.error != 0) json_.member("refused_errno", -std::int64_t{header.error});
  json_.word_member("decision", decision_of(event_));
  json_.word_member("outcome", kOutcomes[static_cast<std::size_t>(outcome.is)]);
  if (event_.result) json_.member("result", *event_.result);
  if (outcome.is != Outcome::Is::Failure) return;
  json_.member("error", error_name(-*outcome.result)).member("errno", -*outcome.result);
}

void NativeRecord::write_lineage() {
  const Lineage lineage{*event_.process, *event_.names, event_.wall_clock_offset};
  if (const std::string_view text = lineages_.find(lineage); !text.empty()) {
    json_.again(text);
    return;
  }
  const std::size_t before = json_.size();
  append_lineage(json_, lineage, boot_id_);
  lineages_.keep(lineage, json_.since(before));
}

// The fields that the rule's output names; what is missing is null.
void NativeRecord::write_output_fields(const Alert& alert, const RuleText& rule) {
  json_.name("output_fields").open('{');
  for (const RuleText::Field& field : rule.fields) {
    write_value(json_, alert.output[field.piece].text, field.name, alert.value(field.piece, scratch_));
  }
  json_.close('}');
}

std::string host_member(const Host& host) {
  TextBuffer text;
  JsonWriter json(text);
  json.name("host").open('{').member("name", host.name).member("boot_id", host.boot_id).close('}').finish();
  return std::string(text.view());
}

}  // namespace

NativeJson::NativeJson(Host host)
    : host_(std::move(host)), host_member_("," + host_member(host_)), alert_begins_("picket.alert.v1", host_member_) {}

void NativeJson::append(TextBuffer& out, const Alert& alert, Scratch& scratch) {
  NativeRecord(out, *alert.event, host_.boot_id, lineages_, scratch)
      .write_alert(alert, alert_begins_, rules_.of(alert));
}

}  // namespace picket
