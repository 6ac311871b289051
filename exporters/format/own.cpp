// SPDX-License-Identifier: Apache-2.0
//
// What the sensor says of itself, as native JSON. The members are described in
// docs/schema/picket.event.v1.schema.json; a test holds every kind of output against it.
#include "exporters/format/envelope.h"
#include "exporters/format/fields.h"
#include "exporters/format/json.h"
#include "exporters/format/native.h"
#include "exporters/format/notice.h"
#include "exporters/format/rest.h"

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

  void end() { json_.close('}').close('}').end_line(); }

 private:
  std::uint64_t since_1970(std::uint64_t time) const { return time + static_cast<std::uint64_t>(offset_); }

  JsonWriter json_;
  std::int64_t offset_;
};

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
  append_throttled(json, throttled);
  record.end();
}

void NativeJson::append(TextBuffer& out, const EnforcementChange& change, Scratch& scratch) {
  OwnRecord record(out, change.wall_clock_offset);
  JsonWriter& json = record.begin(change.time, host_member_, "enforcement", notice_of(change, scratch));
  append_change(json, change);
  record.end();
}

void NativeJson::append(TextBuffer& out, const Undelivered& undelivered, Scratch& scratch) {
  OwnRecord record(out, undelivered.wall_clock_offset);
  JsonWriter& json = record.begin(undelivered.until, host_member_, "undelivered", notice_of(undelivered, scratch));
  append_undelivered(json, undelivered);
  record.end();
}

}  // namespace picket
