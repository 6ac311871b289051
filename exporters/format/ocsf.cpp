// SPDX-License-Identifier: Apache-2.0
//
// Whole records. A finding tells its event twice: as the evidence, with all that OCSF has a place for, and there as
// `data`, exactly; `related_events` has the id that the event has when it is written as an activity of its own.
#include "exporters/format/ocsf.h"

#include <array>
#include <iterator>
#include <span>

#include "exporters/format/container.h"
#include "exporters/format/envelope.h"
#include "exporters/format/fields.h"
#include "exporters/format/members.h"
#include "exporters/format/notice.h"
#include "exporters/format/ocsf_record.h"
#include "exporters/format/product.h"
#include "exporters/format/record_of.h"
#include "exporters/format/text.h"
#include "rules/event/endpoints.h"
#include "rules/event/outcome.h"

namespace picket {
namespace ocsf {
namespace {

// What stands in front of every record.
struct Head {
  const Class& of;
  std::uint32_t activity;
  std::string_view name;
  AlertSeverity severity;
  std::uint64_t time;  // nanoseconds since 1970
  Uid uid;
  std::string_view code;  // metadata.event_code
  bool process = false, container = false, controlled = false, cut = false;
  std::uint64_t alert = 0;  // the alert's id; 0: none
  std::string_view alert_text = {};
};

void write_metadata(JsonWriter& json, const Head& head) {
  json.name("metadata").open('{').member("version", kVersion);
  json.name("product").open('{').member("name", kProductName).member("vendor_name", kProductName);
  json.member("version", kProductVersion).close('}');
  json.name("profiles").open('[').text("host").text("datetime");
  if (head.process) json.text("linux/linux_users");
  if (head.container) json.text("container");
  if (head.controlled) json.text("security_control");
  json.close(']');
  write_uid(json, "uid", head.uid);
  if (head.alert != 0) write_alert_id(json.name("original_event_uid"), head.alert);
  if (!head.alert_text.empty()) json.member("original_event_uid", head.alert_text);
  json.member("event_code", head.code);
  if (head.cut) json.name("is_truncated").truth(true);
  json.close('}');
}

void write_head(JsonWriter& json, const Head& head, const Host& host) {
  json.open('{').member("category_uid", head.of.category);
  json.member("class_uid", head.of.uid).member("class_name", head.of.name);
  json.member("activity_id", head.activity).member("activity_name", head.name);
  json.member("type_uid", head.of.uid * 100 + head.activity);
  json.member("severity_id", static_cast<int>(head.severity)).member("severity", severity_name(head.severity));
  write_instant(json, "time", "time_dt", head.time);
  write_metadata(json, head);
  write_device(json, host);
}

// In the order of Outcome::Is.
constexpr int kStatus[] = {1, 2, 0};

void write_status_code(JsonWriter& json, const Outcome& outcome) {
  if (outcome.is == Outcome::Is::Failure) json.member("status_code", error_name(-*outcome.result));
}

// By header.decision: what was done, and what became of it.
struct Control {
  int action, disposition;
  std::string_view action_name, disposition_name;
  bool applied;
};
constexpr Control kDetected{3, 15, "Observed", "Detected", false};
constexpr Control kBlocked{2, 2, "Denied", "Blocked", true};
constexpr Control kCorrected{4, 11, "Modified", "Corrected", true};  // killed, after it had been let pass

const Control& control_of(const pk_header& header) {
  static constexpr std::array<const Control*, 5> kControls = {&kDetected, &kBlocked, &kDetected, &kCorrected,
                                                              &kDetected};
  if (header.decision == PK_KILLED && header.error != 0) return kBlocked;
  return header.decision < kControls.size() ? *kControls[header.decision] : kDetected;
}

void write_control(JsonWriter& json, const Control& control) {
  json.member("action_id", control.action).member("action", control.action_name);
  json.member("disposition_id", control.disposition).member("disposition", control.disposition_name);
}

bool has_process(const Row& row) { return row.actor != Actor::Nobody; }

std::uint64_t time_of(const Event& event) { return since_1970(event, event.header->time); }

// ---- findings ----

void write_analytic(JsonWriter& json, std::string_view rule) {
  json.name("title").text(rule);
  json.name("analytic").open('{').member("type_id", 1).member("type", "Rule").name("uid").text(rule);
  json.name("name").text(rule).close('}');
}

void write_finding_info(JsonWriter& json, const Alert& alert, const Row& row, const Host& host, const Uid& uid) {
  const Event& event = *alert.event;
  json.name("finding_info").open('{');
  write_uid(json, "uid", uid);
  write_analytic(json, alert.rule);
  write_text(json, "desc", alert.description);
  write_instant(json, "created_time", "created_time_dt", time_of(event));
  write_attacks(json, alert.attacks);
  json.name("data_sources").open('[').text(kind_name(event.kind())).close(']');
  if (!alert.tags.empty()) {
    json.name("tags").open('[').open('{').member("name", "rule.tags").name("values").open('[');
    for (const std::string& tag : alert.tags) json.text(tag);
    json.close(']').close('}').close(']');
  }
  json.name("related_events").open('[').open('{');
  write_uid(json, "uid", event_uid(host.boot_id, event));
  json.member("type_uid", row.type_uid()).close('}').close(']').close('}');
}

void write_evidence(JsonWriter& json, const Event& event, const Row& row, const Host& host) {
  Record record{json, event, host, Place::Evidence};
  json.name("evidences").open('[').open('{').member("name", kind_name(event.kind()));
  write_uid(json, "uid", event_uid(host.boot_id, event));
  record.write_subjects(row);
  record.write_container();
  json.name("data").open('{');
  append_event_rest(json, event, host);
  json.close('}').close('}').close(']');
}

void write_resources(JsonWriter& json, const Event& event) {
  if (event.container == nullptr || event.container->pod.name.empty()) return;
  const Pod& pod = event.container->pod;
  json.name("resources").open('[').open('{').member("type", "Kubernetes Pod").name("name").text(pod.name);
  write_text(json, "namespace", pod.name_space);
  write_text(json, "uid", pod.uid);
  json.close('}').close(']');
}

// Where in the record it stands, what it is, and its value.
void write_observable(JsonWriter& json, std::string_view name, int type_id, std::string_view type,
                      std::string_view value) {
  if (value.empty()) return;
  json.open('{').member("name", name).member("type_id", type_id).member("type", type).name("value").text(value);
  json.close('}');
}

void write_observables(JsonWriter& json, const Event& event, const Row& row, const Host& host) {
  json.name("observables").open('[');
  write_observable(json, "device.hostname", 1, "Hostname", host.name);
  if (has_process(row)) {
    const Process& process = *event.process;
    write_observable(json, "actor.user.name", 4, "User Name", event.names->user(event.header->uid));
    write_observable(json, "actor.process.name", 9, "Process Name", process.comm);
    write_observable(json, "actor.process.cmd_line", 13, "Command Line", process.cmdline);
    write_observable(json, "actor.process.path", 45, "File Path", process.exe_path);
  }
  write_observable(json, "evidences[0].file.path", 45, "File Path", file_of(event).path);
  if (event.container != nullptr) {
    write_observable(json, "evidences[0].container.uid", 27, "Container", event.container->full_id);
  }
  if (const auto socket = socket_of(event); socket && socket->remote) {
    json.open('{').member("name", "evidences[0]").member("type_id", 2).member("type", "IP Address");
    write_address(json, "value", socket->remote->address);
    json.close('}');
  }
  json.close(']');
}

// OCSF's risk levels begin with 0, its severities with 1, and there is none for Fatal.
int risk_level(AlertSeverity severity) {
  constexpr int kMost = 4;
  return std::min(static_cast<int>(severity) - 1, kMost);
}

void write_unmapped(JsonWriter& json, const Alert& alert, Scratch& scratch) {
  const Event& event = *alert.event;
  json.name("unmapped").open('{').member("priority", priority_name(alert.priority));
  append_output_fields(json.name("output_fields"), alert, scratch);
  if (alert.throttled != 0) json.member("throttled", alert.throttled);
  if (!is_utf8(alert.message)) json.base64_member("message", alert.message);
  if (event.container != nullptr) {
    append_container(json.name("container"), *event.container, event.wall_clock_offset);
  }
  json.close('}');
}

void write_finding(JsonWriter& json, const Alert& alert, const Host& host, Scratch& scratch) {
  const Event& event = *alert.event;
  const Row& row = row_of(event);
  const Control& control = control_of(*event.header);
  const Uid uid = event_uid(host.boot_id, event, alert.rule);
  write_head(json,
             {.of = kFinding,
              .activity = 1,
              .name = "Create",
              .severity = alert.severity,
              .time = time_of(event),
              .uid = uid,
              .code = "alert",
              .process = has_process(row),
              .container = event.container != nullptr,
              .controlled = true,
              .cut = was_cut(*event.header),
              .alert = alert.id,
              .alert_text = alert.id_text},
             host);
  json.name("message").text(alert.message).member("status_id", 1);
  write_status_code(json, outcome_of(event));
  json.name("is_alert").truth(true).member("risk_level_id", risk_level(alert.severity));
  write_control(json, control);
  if (event.header->decision != PK_ALLOWED) {
    json.name("policy").open('{').name("name").text(alert.rule).member("type", "rule");
    json.name("is_applied").truth(control.applied).close('}');
  }
  if (alert.throttled != 0) json.member("count", alert.throttled + 1);
  if (has_process(row)) {
    Record record{json, event, host, Place::Evidence};
    json.name("actor").open('{');
    record.write_entity("process", *event.process);
    record.write_user("user", event.header->uid);
    json.close('}');
  }
  write_finding_info(json, alert, row, host, uid);
  write_evidence(json, event, row, host);
  write_resources(json, event);
  write_observables(json, event, row, host);
  write_unmapped(json, alert, scratch);
  json.close('}');
}

// ---- events ----

void write_activity(JsonWriter& json, const Event& event, const Host& host) {
  const Row& row = row_of(event);
  const bool controlled = event.header->decision != PK_ALLOWED;
  write_head(json,
             {.of = *row.of,
              .activity = row.activity,
              .name = row.name,
              .severity = event.kind() == Kind::loss ? AlertSeverity::Medium : AlertSeverity::Informational,
              .time = time_of(event),
              .uid = event_uid(host.boot_id, event),
              .code = kind_name(event.kind()),
              .process = has_process(row),
              .container = event.container != nullptr,
              .controlled = controlled,
              .cut = was_cut(*event.header)},
             host);
  if (event.kind() == Kind::loss || event.kind() == Kind::policy) {
    std::string message;
    append_notice(message, event);
    json.member("message", message);
  }
  if (has_process(row)) {
    const Outcome outcome = outcome_of(event);
    json.member("status_id", kStatus[static_cast<std::size_t>(outcome.is)]);
    write_status_code(json, outcome);
  }
  if (controlled) write_control(json, control_of(*event.header));
  Record{json, event, host, Place::Activity}.write_subjects(row);
  json.name("unmapped").open('{');
  append_event_rest(json, event, host);
  if (event.container != nullptr) {
    append_container(json.name("container"), *event.container, event.wall_clock_offset);
  }
  json.close('}').close('}');
}

// ---- what the sensor says of itself ----

constexpr int kSuppressed = 3;  // status_id

void write_throttled(JsonWriter& json, const Throttled& throttled, const Host& host, Scratch& scratch) {
  const auto offset = static_cast<std::uint64_t>(throttled.wall_clock_offset);
  const Uid uid = notice_uid(host.boot_id, "throttled", throttled.rule, throttled.until);
  write_head(json,
             {.of = kFinding,
              .activity = 2,
              .name = "Update",
              .severity = AlertSeverity::Informational,
              .time = throttled.until + offset,
              .uid = uid,
              .code = "throttled"},
             host);
  json.name("message").text(notice_of(throttled, scratch));
  json.member("status_id", kSuppressed).member("count", throttled.count);
  write_instant(json, "start_time", "start_time_dt", throttled.since + offset);
  write_instant(json, "end_time", "end_time_dt", throttled.until + offset);
  json.name("finding_info").open('{');
  write_uid(json, "uid", uid);
  write_analytic(json, throttled.rule);
  json.close('}').name("unmapped").open('{');
  append_throttled(json, throttled);
  json.close('}').close('}');
}

constexpr int kFailure = 2;  // status_id

// As the row of lost events has it.
void write_undelivered(JsonWriter& json, const Undelivered& undelivered, const Host& host, Scratch& scratch) {
  const auto offset = static_cast<std::uint64_t>(undelivered.wall_clock_offset);
  write_head(json,
             {.of = kError,
              .activity = 1,
              .name = "General Error",
              .severity = AlertSeverity::Medium,
              .time = undelivered.until + offset,
              .uid = notice_uid(host.boot_id, "undelivered", undelivered.output, undelivered.until),
              .code = "undelivered"},
             host);
  json.name("message").text(notice_of(undelivered, scratch));
  json.member("status_id", kFailure).member("count", undelivered.count);
  write_instant(json, "start_time", "start_time_dt", undelivered.since + offset);
  write_instant(json, "end_time", "end_time_dt", undelivered.until + offset);
  json.name("unmapped").open('{');
  append_undelivered(json, undelivered);
  json.close('}').close('}');
}

// By the state that enforcement is in now; others are an update.
struct Transition {
  std::string_view to;
  std::uint32_t activity;
  std::string_view name;
};
constexpr Transition kTransitions[] = {{"enforce", 6, "Enable"}, {"off", 7, "Disable"}, {"lapsed", 7, "Disable"}};
constexpr Transition kUpdate{{}, 8, "Update"};

const Transition& transition_to(std::string_view state) {
  for (const Transition& transition : kTransitions) {
    if (transition.to == state) return transition;
  }
  return kUpdate;
}

void write_actor(JsonWriter& json, const EnforcementChange& change) {
  json.name("actor").open('{').name("process").open('{').member("pid", change.pid);
  write_text(json, "path", change.process);
  json.close('}').name("user").open('{');
  write_digits(json, "uid", change.uid);
  json.close('}').close('}');
}

void write_change(JsonWriter& json, const EnforcementChange& change, const Host& host, Scratch& scratch) {
  const Transition& transition = transition_to(change.to);
  write_head(json,
             {.of = kLifecycle,
              .activity = transition.activity,
              .name = transition.name,
              .severity = AlertSeverity::Informational,
              .time = change.time + static_cast<std::uint64_t>(change.wall_clock_offset),
              .uid = notice_uid(host.boot_id, "enforcement", change.to, change.time),
              .code = "enforcement"},
             host);
  json.name("message").text(notice_of(change, scratch));
  json.name("app").open('{').member("name", kProductName).member("vendor_name", kProductName);
  json.member("version", kProductVersion).close('}');
  if (change.pid != 0) write_actor(json, change);
  json.name("unmapped").open('{');
  append_change(json, change);
  json.close('}').close('}');
}

}  // namespace

void Record::write_actor(Actor actor) {
  if (actor == Actor::Nobody) return;
  json.name("actor").open('{');
  if (actor == Actor::Process) write_process("process", *event.process);
  if (actor == Actor::Itself) write_entity("process", *event.process);
  if (actor == Actor::Maker && event.process->parent != nullptr) write_entity("process", *event.process->parent);
  write_user("user", event.header->uid);
  json.close('}');
}

void Record::write_subjects(const Row& row) {
  write_actor(row.actor);
  row.target(*this);
}

}  // namespace ocsf

void append_ocsf(TextBuffer& out, const Alert& alert, const Host& host, Scratch& scratch) {
  write_line(out, [&](JsonWriter& json) { ocsf::write_finding(json, alert, host, scratch); });
}

void append_ocsf(TextBuffer& out, const Event& event, const Host& host, Scratch&) {
  write_line(out, [&](JsonWriter& json) { ocsf::write_activity(json, event, host); });
}

void append_ocsf(TextBuffer& out, const Throttled& throttled, const Host& host, Scratch& scratch) {
  write_line(out, [&](JsonWriter& json) { ocsf::write_throttled(json, throttled, host, scratch); });
}

void append_ocsf(TextBuffer& out, const EnforcementChange& change, const Host& host, Scratch& scratch) {
  write_line(out, [&](JsonWriter& json) { ocsf::write_change(json, change, host, scratch); });
}

void append_ocsf(TextBuffer& out, const Undelivered& undelivered, const Host& host, Scratch& scratch) {
  write_line(out, [&](JsonWriter& json) { ocsf::write_undelivered(json, undelivered, host, scratch); });
}

}  // namespace picket
