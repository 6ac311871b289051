// SPDX-License-Identifier: Apache-2.0
//
// Whole documents. What ECS has no field for is in `picket`, a name space of our own.
#include "exporters/format/ecs.h"

#include <array>
#include <span>

#include "exporters/format/container.h"
#include "exporters/format/ecs_document.h"
#include "exporters/format/envelope.h"
#include "exporters/format/notice.h"
#include "exporters/format/product.h"
#include "exporters/format/record_of.h"
#include "exporters/format/text.h"
#include "exporters/format/uid.h"
#include "rules/event/endpoints.h"
#include "rules/event/outcome.h"

namespace picket {
namespace ecs {
namespace {

// What stands in front of every document.
void write_head(JsonWriter& json, std::uint64_t time, const Host& host) {
  json.open('{');
  write_date(json, "@timestamp", time);
  json.name("ecs").open('{').member("version", kVersion).close('}');
  json.name("agent").open('{').member("type", "picket").member("version", kProductVersion).close('}');
  write_host(json, host);
}

// `data_stream` is left to the shipper: it decides on the index.
void write_origin(JsonWriter& json, std::string_view dataset, std::string_view code, const Uid& uid) {
  constexpr std::string_view kModule = "picket";
  json.member("module", kModule).member("provider", kModule).member("code", code);
  json.name("dataset").placed(kModule.size() + 1 + dataset.size(), [&](char* at) {
    at = std::copy(kModule.begin(), kModule.end(), at);
    *at++ = '.';
    return std::copy(dataset.begin(), dataset.end(), at);
  });
  json.name("id").placed(kUidSize, [&uid](char* at) { return put_uid(at, uid); });
}

// By AlertSeverity, from 1 on: Elastic's risk scores. Fatal is no more than critical there.
constexpr std::array<int, 7> kSeverities = {0, 0, 21, 47, 73, 99, 99};

// In the order of Outcome::Is.
constexpr std::string_view kOutcomes[] = {"success", "failure", "unknown"};

bool has_process(const Event& event) { return kDone.contains(event.kind()); }

void write_types(JsonWriter& json, const Row& row, bool alert, bool refused) {
  json.name("category").open('[');
  if (alert) json.text("intrusion_detection");
  json.text(row.category).close(']').name("type").open('[');
  if (alert) json.text(refused ? std::string_view("denied") : std::string_view("info"));
  for (const std::string_view type : row.types) {
    if (!type.empty() && !(alert && !refused && type == "info")) json.text(type);
  }
  json.close(']').member("action", row.action);
}

void write_outcome(JsonWriter& json, const Event& event) {
  if (has_process(event)) json.member("outcome", kOutcomes[static_cast<std::size_t>(outcome_of(event).is)]);
}

void write_error(JsonWriter& json, const Event& event) {
  const Outcome outcome = outcome_of(event);
  if (outcome.is != Outcome::Is::Failure) return;
  json.name("error").open('{').member("code", error_name(-*outcome.result)).close('}');
}

// Who, where, and what it was done to.
void write_subjects(JsonWriter& json, const Event& event, const Row& row, const Host& host) {
  if (has_process(event)) {
    write_process(json, event, host);
    write_acting_user(json, event);
    write_error(json, event);
  }
  if (event.container != nullptr) write_container(json, *event.container);
  row.target(json, event, host);
}

void write_pivots(JsonWriter& json, const Event& event, const Host& host) {
  json.name("related").open('{').name("hosts").open('[').text(host.name);
  if (!event.host_name.empty()) json.text(event.host_name);
  json.close(']');
  if (has_process(event)) {
    const std::string_view user = event.names->user(event.header->uid);
    if (!user.empty()) json.name("user").open('[').text(user).close(']');
  }
  if (const auto socket = socket_of(event); socket && (socket->local || socket->remote)) {
    json.name("ip").open('[');
    for (const auto& end : {socket->local, socket->remote}) {
      if (end) json.placed(kLongestAddress, [&end](char* at) { return put_text(at, end->address); });
    }
    json.close(']');
  }
  json.close('}');
}

// The members of `picket` that every event has; the caller closes it.
void begin_rest(JsonWriter& json, const Event& event, const Host& host) {
  json.name("picket").open('{');
  append_event_rest(json, event, host);
  if (has_process(event)) {
    json.name("process").open('{');
    append_process_rest(json, event, *event.process);
    json.close('}');
    const Process* const parent = event.process->parent;
    if (parent != nullptr && append_exact_texts(nullptr, *parent)) {
      json.name("parent").open('{');
      append_exact_texts(&json, *parent);
      json.close('}');
    }
  }
  if (event.container != nullptr) {
    append_container(json.name("container"), *event.container, event.wall_clock_offset);
  }
}

// ---- alerts ----

// One list for each of ECS's fields. An id may be there more than once, as for techniques of one tactic.
void write_threat(JsonWriter& json, std::span<const Attack> attacks) {
  if (attacks.empty()) return;
  const auto write_list = [&](std::string_view member, auto get) {
    json.name(member).open('[');
    for (const Attack& attack : attacks) {
      const std::string_view value = get(attack);
      if (!value.empty()) json.text(value);
    }
    json.close(']');
  };
  json.name("threat").open('{').member("framework", "MITRE ATT&CK").name("tactic").open('{');
  write_list("id", [](const Attack& attack) { return attack.tactic ? attack.tactic->uid : std::string_view(); });
  write_list("name", [](const Attack& attack) { return attack.tactic ? attack.tactic->name : std::string_view(); });
  json.close('}').name("technique").open('{');
  write_list("id", [](const Attack& attack) { return std::string_view(attack.technique); });
  json.name("subtechnique").open('{');
  write_list("id", [](const Attack& attack) { return std::string_view(attack.sub_technique); });
  json.close('}').close('}').close('}');
}

void write_rule(JsonWriter& json, const Alert& alert) {
  json.name("rule").open('{').name("name").text(alert.rule);
  write_text(json, "description", alert.description);
  json.close('}');
  if (alert.tags.empty()) return;
  json.name("tags").open('[');
  for (const std::string& tag : alert.tags) json.text(tag);
  json.close(']');
}

// By header.decision, under the name that Elastic's agent would give it.
void write_enforcement(JsonWriter& json, const pk_header& header) {
  if (header.decision == PK_ALLOWED) return;
  const bool kill = header.decision == PK_KILLED || header.decision == PK_WOULD_KILL;
  json.name("Enforcement").open('{').member("action", kill ? std::string_view("kill") : std::string_view("deny"));
  json.member("result", was_refused(header) ? std::string_view("done") : std::string_view("audit")).close('}');
}

void write_alert(JsonWriter& json, const Alert& alert, const Host& host, Scratch& scratch) {
  const Event& event = *alert.event;
  const Row& row = row_of(event);
  write_head(json, since_1970(event, event.header->time), host);
  json.name("message").text(alert.message);
  json.name("event").open('{').member("kind", "alert");
  write_types(json, row, true, was_refused(*event.header));
  write_origin(json, "alert", kind_name(event.kind()), event_uid(host.boot_id, event, alert.rule));
  if (alert.id != 0) json.member("sequence", alert.id);
  json.member("severity", kSeverities[static_cast<std::size_t>(alert.severity)]);
  json.name("reason").text(alert.message);
  write_outcome(json, event);
  json.close('}');
  write_rule(json, alert);
  write_threat(json, alert.attacks);
  write_enforcement(json, *event.header);
  write_subjects(json, event, row, host);
  write_pivots(json, event, host);
  begin_rest(json, event, host);
  json.member("priority", priority_name(alert.priority)).member("rule_severity", severity_name(alert.severity));
  append_output_fields(json.name("output_fields"), alert, scratch);
  if (alert.throttled != 0) json.member("throttled", alert.throttled);
  if (!is_utf8(alert.message)) json.base64_member("message", alert.message);
  json.close('}').close('}');
}

// ---- events ----

void write_event(JsonWriter& json, const Event& event, const Host& host) {
  const Row& row = row_of(event);
  write_head(json, since_1970(event, event.header->time), host);
  if (event.kind() == Kind::loss || event.kind() == Kind::policy) {
    std::string message;
    append_notice(message, event);
    json.member("message", message);
  }
  json.name("event").open('{');
  json.member("kind", event.kind() == Kind::loss ? std::string_view("metric") : std::string_view("event"));
  write_types(json, row, false, false);
  write_origin(json, row.category, kind_name(event.kind()), event_uid(host.boot_id, event));
  json.member("severity", event.kind() == Kind::loss ? kSeverities[3] : kSeverities[1]);
  write_outcome(json, event);
  json.close('}');
  write_enforcement(json, *event.header);
  write_subjects(json, event, row, host);
  write_pivots(json, event, host);
  begin_rest(json, event, host);
  json.close('}').close('}');
}

// ---- what the sensor says of itself ----

struct Notice {
  std::uint64_t time;
  std::string_view message, category, action, what;
  Uid uid;
};

// Until `picket`, which the caller writes and closes.
void begin_notice(JsonWriter& json, const Notice& notice, const Host& host) {
  write_head(json, notice.time, host);
  json.name("message").text(notice.message);
  json.name("event").open('{').member("kind", "event").name("category").open('[').text(notice.category).close(']');
  json.name("type").open('[').text(notice.category == "configuration" ? "change" : "info").close(']');
  json.member("action", notice.action);
  write_origin(json, notice.category, notice.what, notice.uid);
  json.close('}');
}

void write_throttled(JsonWriter& json, const Throttled& throttled, const Host& host, Scratch& scratch) {
  begin_notice(json,
               {.time = throttled.until + static_cast<std::uint64_t>(throttled.wall_clock_offset),
                .message = notice_of(throttled, scratch),
                .category = "intrusion_detection",
                .action = "alerts_suppressed",
                .what = "throttled",
                .uid = notice_uid(host.boot_id, "throttled", throttled.rule, throttled.until)},
               host);
  json.name("rule").open('{').name("name").text(throttled.rule).close('}').name("picket").open('{');
  append_throttled(json, throttled);
  json.close('}').close('}');
}

void write_change(JsonWriter& json, const EnforcementChange& change, const Host& host, Scratch& scratch) {
  begin_notice(json,
               {.time = change.time + static_cast<std::uint64_t>(change.wall_clock_offset),
                .message = notice_of(change, scratch),
                .category = "configuration",
                .action = "enforcement_change",
                .what = "enforcement",
                .uid = notice_uid(host.boot_id, "enforcement", change.to, change.time)},
               host);
  if (change.pid != 0) {
    json.name("process").open('{').member("pid", change.pid);
    write_text(json, "executable", change.process);
    json.close('}').name("user").open('{');
    write_digits(json, "id", change.uid);
    json.close('}');
  }
  json.name("picket").open('{');
  append_change(json, change);
  json.close('}').close('}');
}

void write_undelivered(JsonWriter& json, const Undelivered& undelivered, const Host& host, Scratch& scratch) {
  begin_notice(json,
               {.time = undelivered.until + static_cast<std::uint64_t>(undelivered.wall_clock_offset),
                .message = notice_of(undelivered, scratch),
                .category = "host",
                .action = "messages_dropped",
                .what = "undelivered",
                .uid = notice_uid(host.boot_id, "undelivered", undelivered.output, undelivered.until)},
               host);
  json.name("picket").open('{');
  append_undelivered(json, undelivered);
  json.close('}').close('}');
}

}  // namespace
}  // namespace ecs

void append_ecs(TextBuffer& out, const Alert& alert, const Host& host, Scratch& scratch) {
  write_line(out, [&](JsonWriter& json) { ecs::write_alert(json, alert, host, scratch); });
}

void append_ecs(TextBuffer& out, const Event& event, const Host& host, Scratch&) {
  write_line(out, [&](JsonWriter& json) { ecs::write_event(json, event, host); });
}

void append_ecs(TextBuffer& out, const Throttled& throttled, const Host& host, Scratch& scratch) {
  write_line(out, [&](JsonWriter& json) { ecs::write_throttled(json, throttled, host, scratch); });
}

void append_ecs(TextBuffer& out, const EnforcementChange& change, const Host& host, Scratch& scratch) {
  write_line(out, [&](JsonWriter& json) { ecs::write_change(json, change, host, scratch); });
}

void append_ecs(TextBuffer& out, const Undelivered& undelivered, const Host& host, Scratch& scratch) {
  write_line(out, [&](JsonWriter& json) { ecs::write_undelivered(json, undelivered, host, scratch); });
}

}  // namespace picket
