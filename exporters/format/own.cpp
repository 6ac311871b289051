// SPDX-License-Identifier: Apache-2.0
//
// What the sensor says of itself, as native JSON. The members are described in
// docs/schema/picket.event.v1.schema.json; a test holds every kind of output against it.
#include "exporters/format/envelope.h"
#include "exporters/format/fields.h"
#include "exporters/format/json.h"
#include "exporters/format/native.h"
#include "exporters/format/notice.h"

namespace picket {
namespace {

// One record; all that is said of it has the boot clock's times.
class OwnRecord {
 public:
  OwnRecord(TextBuffer& out, std::int64_t wall_clock_offset) : json_(out), offset_(wall_clock_offset) {}

  // Until the members of its kind. The message is what notice.h says of it.
  JsonWriter& begin(std::uint64_t time, std::string_view host, std::string_view kind, std::string_view message) {
    json_.open('{');
    write_envelope(json_, "picket.event.v1", since_1970(time), host);
    return json_.member("message", message).name("event").open('{').member("kind", kind);
  }

  void write_time(std::string_view member, std::uint64_t time) { write_date(json_, member, since_1970(time)); }

  void write_meanwhile(const Meanwhile& meanwhile);

  void end() { json_.close('}').close('}').end_line(); }

 private:
  std::uint64_t since_1970(std::uint64_t time) const { return time + static_cast<std::uint64_t>(offset_); }

  JsonWriter json_;
  std::int64_t offset_;
};

void OwnRecord::write_meanwhile(const Meanwhile& meanwhile) {
  json_.name("meanwhile").open('{');
  if (meanwhile.since != 0) write_time("since", meanwhile.since);
  write_time("until", meanwhile.until);
  json_.name("counted").truth(meanwhile.counted);
  json_.member("refused", meanwhile.refused).member("recorded", meanwhile.recorded);
  json_.name("rules").open('[');
  for (const RefusedMeanwhile& rule : meanwhile.rules) {
    json_.open('{').member("rule", rule.rule).member("denied", rule.denied).member("killed", rule.killed).close('}');
  }
  json_.close(']').close('}');
}

}  // namespace

void NativeJson::append(TextBuffer& out, const Event& event, Scratch&) {
  std::string message;
  append_notice(message, event);
  OwnRecord record(out, event.wall_clock_offset);
  JsonWriter& json = record.begin(event.header->time, host_member_, kind_name(event.kind()), message);
  append_fields(json, event, host_.boot_id);
  record.end();
}

void NativeJson::append(TextBuffer& out, const Throttled& throttled, Scratch& scratch) {
  OwnRecord record(out, throttled.wall_clock_offset);
  JsonWriter& json = record.begin(throttled.until, host_member_, "throttled", notice_of(throttled, scratch));
  json.name("throttled").open('{');
  json.member("rule", throttled.rule).member("key", throttled.key).member("count", throttled.count);
  record.write_time("since", throttled.since);
  record.write_time("until", throttled.until);
  json.close('}');
  record.end();
}

void NativeJson::append(TextBuffer& out, const EnforcementChange& change, Scratch& scratch) {
  OwnRecord record(out, change.wall_clock_offset);
  JsonWriter& json = record.begin(change.time, host_member_, "enforcement", notice_of(change, scratch));
  json.name("enforcement").open('{');
  json.member("from", change.from).member("to", change.to).member("cause", change.cause);
  if (change.until != 0) record.write_time("until", change.until);
  if (change.pid != 0) {
    json.member("uid", change.uid).member("pid", change.pid);
    if (!change.process.empty()) json.member("process", change.process);
    if (!change.key.empty()) json.member("key", change.key);
  }
  if (change.meanwhile != nullptr) record.write_meanwhile(*change.meanwhile);
  json.close('}');
  record.end();
}

}  // namespace picket
