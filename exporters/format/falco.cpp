// SPDX-License-Identifier: Apache-2.0
//
// The members are those of Falco's format_event, in its order (by name), and so are the fields of the output: what the
// rule's output names, and always evt.time. Beside them stand what was refused, and how often the rule was throttled:
// Falco knows neither. What the sensor says of itself has the source "internal", as there.
#include "exporters/format/falco.h"

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <span>
#include <vector>

#include "exporters/format/fields.h"
#include "exporters/format/members.h"
#include "exporters/format/notice.h"
#include "exporters/format/rest.h"

namespace picket {
namespace {

struct Member {
  std::string_view name;
  Value value;
};

// Members of output_fields, in the order of their names. Of two that have the same name the first one counts.
class Members {
 public:
  // Room for so many, in scratch.
  Members(std::size_t most, Scratch& scratch) : scratch_(scratch) {
    std::size_t room = (most + 1) * sizeof(Member);
    void* at = scratch.room(room);
    begin_ = end_ = static_cast<Member*>(std::align(alignof(Member), most * sizeof(Member), at, room));
  }

  void add(std::string_view name, const Value& value) {
    const auto same = [name](const Member& member) { return member.name == name; };
    if (std::none_of(begin_, end_, same)) new (end_++) Member{name, value};
  }

  std::span<const Member> sorted() {
    std::sort(begin_, end_, [](const Member& one, const Member& other) { return one.name < other.name; });
    return {begin_, end_};
  }

  Scratch& scratch() const { return scratch_; }

 private:
  Scratch& scratch_;
  Member* begin_;
  Member* end_;
};

// In Falco's JSON these are a number, whatever they are in its texts.
constexpr std::string_view kTimes[] = {"evt.time", "evt.time.s", "evt.time.iso8601", "evt.datetime", "evt.datetime.s"};

struct Said {
  std::uint64_t time = 0;  // nanoseconds since 1970
  Priority priority = Priority::Debug;
  std::string_view rule = {}, source = {}, message = {};
  std::span<const std::string> tags = {};
};

// 17:21:03.123456789: Critical what the rule says
void write_output(JsonWriter& json, const Said& said, Scratch& scratch) {
  char time[kTimeOfDaySize];
  put_time_of_day(time, said.time);
  const std::string_view parts[] = {{time, sizeof time}, ": ", priority_name(said.priority), " ", said.message};
  json.name("output").text(join(parts, scratch));
}

// Each once, in the order of their bytes.
void write_tags(JsonWriter& json, std::span<const std::string> tags) {
  json.name("tags").open('[');
  const std::string* last = nullptr;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const std::string* next = nullptr;
    for (const std::string& tag : tags) {
      if ((last == nullptr || tag > *last) && (next == nullptr || tag < *next)) next = &tag;
    }
    if (next == nullptr) break;
    json.text(*next);
    last = next;
  }
  json.close(']');
}

void write(TextBuffer& out, const Said& said, const Host& host, Members& members) {
  write_line(out, [&](JsonWriter& json) {
    json.open('{').name("hostname").text(host.name.empty() ? std::string_view("unknown") : host.name);
    write_output(json, said, members.scratch());
    json.name("output_fields").open('{');
    for (const Member& member : members.sorted()) write_value(json, member.name, member.value);
    json.close('}');
    json.member("priority", priority_name(said.priority)).name("rule").text(said.rule).member("source", said.source);
    write_tags(json, said.tags);
    json.name("time").placed(kRfc3339Size, [&said](char* at) { return put_rfc3339(at, said.time); });
    json.close('}');
  });
}

// By header.decision.
struct Enforcement {
  std::string_view action, result;
};
constexpr std::array<Enforcement, 5> kEnforcements = {
    {{}, {"deny", "done"}, {"deny", "audit"}, {"kill", "done"}, {"kill", "audit"}}};

void add_decision(Members& members, const pk_header& header) {
  if (header.decision == PK_ALLOWED || header.decision >= kEnforcements.size()) return;
  members.add("enforcement.action", kEnforcements[header.decision].action);
  members.add("enforcement.result", kEnforcements[header.decision].result);
}

// ---- events without a rule: every field that their kind has, under its name in rules ----

constexpr std::string_view kCommon[] = {"evt.type",     "evt.cpu",       "evt.res",       "thread.tid", "proc.name",
                                        "proc.pid",     "proc.exepath",  "proc.cmdline",  "proc.pname", "proc.ppid",
                                        "user.name",    "user.uid",      "user.loginuid", "group.gid",  "fd.name",
                                        "container.id", "container.name"};

struct Fields {
  std::vector<const Field*> of[kKindEnd];
};

Fields list_fields() {
  Fields fields;
  for (std::size_t kind = 0; kind < kKindEnd; ++kind) {
    const std::string prefix = std::string(kind_name(static_cast<Kind>(kind))) + '.';
    for (const Field& field : wire_fields()) {
      if (field.name.starts_with(prefix)) fields.of[kind].push_back(&field);
    }
    for (const std::string_view common : kCommon) {
      if (const Field* field = find_field(common)) fields.of[kind].push_back(field);
    }
  }
  return fields;
}

const std::vector<const Field*>& fields_of(Kind kind) {
  static const Fields kFields = list_fields();
  return kFields.of[static_cast<std::size_t>(kind)];
}

// Losses are worth a look, the rest is for who reads everything.
struct Notice {
  Kind kind;
  Priority priority;
  std::string_view rule;
};
constexpr Notice kNotices[] = {{Kind::loss, Priority::Warning, "Picket internal: events lost"},
                               {Kind::policy, Priority::Informational, "Picket internal: rules in force"}};

std::string_view notice_text(const Event& event, Scratch& scratch) {
  std::string text;
  append_notice(text, event);
  return scratch.keep(text);
}

}  // namespace

void append_falco(TextBuffer& out, const Alert& alert, const Host& host, Scratch& scratch) {
  const Event& event = *alert.event;
  const std::uint64_t time = since_1970(event, event.header->time);
  constexpr std::size_t kMore = 6;
  Members members(alert.output.size() + kMore, scratch);
  members.add("evt.time", time);
  char id[kHexSize];
  put_hex(id, alert.id);
  if (alert.id != 0) members.add("alert.id", std::string_view(id, sizeof id));
  if (!alert.id_text.empty()) members.add("alert.id", alert.id_text);
  for (std::size_t i = 0; i < alert.output.size(); ++i) {
    const OutputPiece& piece = alert.output[i];
    if (piece.literal()) continue;
    const bool is_time = std::find(std::begin(kTimes), std::end(kTimes), piece.text) != std::end(kTimes);
    members.add(piece.text, is_time ? Value(time) : alert.value(i, scratch));
  }
  add_decision(members, *event.header);
  if (alert.throttled != 0) members.add("picket.throttled", alert.throttled);
  write(out,
        {.time = time,
         .priority = alert.priority,
         .rule = alert.rule,
         .source = "syscall",
         .message = alert.message,
         .tags = alert.tags},
        host, members);
}

void append_falco(TextBuffer& out, const Event& event, const Host& host, Scratch& scratch) {
  const std::uint64_t time = since_1970(event, event.header->time);
  const auto& fields = fields_of(event.kind());
  constexpr std::size_t kMore = 3;
  Members members(fields.size() + kMore, scratch);
  members.add("evt.time", time);
  for (const Field* field : fields) {
    const Value value = field->get(event, -1, scratch);
    if (present(value)) members.add(field->name, value);
  }
  add_decision(members, *event.header);
  Said said{.time = time, .source = "syscall"};
  for (const Notice& notice : kNotices) {
    if (notice.kind != event.kind()) continue;
    said.priority = notice.priority;
    said.rule = notice.rule;
    said.source = "internal";
    said.message = notice_text(event, scratch);
  }
  if (said.rule.empty()) {
    const std::string_view rule[] = {"Picket event: ", kind_name(event.kind())};
    const std::string_view message[] = {kind_name(event.kind()), " by ", event.process->cmdline};
    said.rule = join(rule, scratch);
    said.message = join(message, scratch);
  }
  write(out, said, host, members);
}

void append_falco(TextBuffer& out, const Throttled& throttled, const Host& host, Scratch& scratch) {
  const auto offset = static_cast<std::uint64_t>(throttled.wall_clock_offset);
  constexpr std::size_t kMembers = 6;
  Members members(kMembers, scratch);
  members.add("evt.time", throttled.until + offset);
  members.add("throttled.rule", throttled.rule);
  members.add("throttled.key", throttled.key);
  members.add("throttled.count", throttled.count);
  members.add("throttled.since", throttled.since + offset);
  members.add("throttled.until", throttled.until + offset);
  write(out,
        {.time = throttled.until + offset,
         .priority = Priority::Notice,
         .rule = "Picket internal: alerts suppressed",
         .source = "internal",
         .message = notice_of(throttled, scratch)},
        host, members);
}

void append_falco(TextBuffer& out, const Undelivered& undelivered, const Host& host, Scratch& scratch) {
  const auto offset = static_cast<std::uint64_t>(undelivered.wall_clock_offset);
  constexpr std::size_t kMembers = 5;
  Members members(kMembers + undelivered.causes.size(), scratch);
  members.add("evt.time", undelivered.until + offset);
  members.add("undelivered.output", undelivered.output);
  members.add("undelivered.count", undelivered.count);
  members.add("undelivered.since", undelivered.since + offset);
  members.add("undelivered.until", undelivered.until + offset);
  for (const Undelivered::Cause& cause : undelivered.causes) {
    members.add(scratch.keep("undelivered." + std::string(cause.name)), cause.count);
  }
  write(out,
        {.time = undelivered.until + offset,
         .priority = Priority::Warning,
         .rule = "Picket internal: messages dropped",
         .source = "internal",
         .message = notice_of(undelivered, scratch)},
        host, members);
}

namespace {

// rules is a list, and Falco's fields are none: "one: 5 denied, 0 killed; two: ...".
std::string_view rules_of(const Meanwhile& meanwhile, Scratch& scratch) {
  std::string text;
  for (const RefusedMeanwhile& rule : meanwhile.rules) {
    if (!text.empty()) text += "; ";
    text += rule.rule;
    append_number(text += ": ", rule.denied);
    append_number(text += " denied, ", rule.killed);
    text += " killed";
  }
  return scratch.keep(text);
}

void add_meanwhile(Members& members, const Meanwhile& meanwhile, std::uint64_t offset) {
  if (meanwhile.since != 0) members.add("meanwhile.since", meanwhile.since + offset);
  members.add("meanwhile.until", meanwhile.until + offset);
  members.add("meanwhile.counted", meanwhile.counted);
  members.add("meanwhile.refused", meanwhile.refused);
  members.add("meanwhile.recorded", meanwhile.recorded);
  members.add("meanwhile.rules", rules_of(meanwhile, members.scratch()));
}

}  // namespace

void append_falco(TextBuffer& out, const EnforcementChange& change, const Host& host, Scratch& scratch) {
  const auto offset = static_cast<std::uint64_t>(change.wall_clock_offset);
  constexpr std::size_t kMembers = 15;
  Members members(kMembers, scratch);
  members.add("evt.time", change.time + offset);
  members.add("enforcement.from", change.from);
  members.add("enforcement.to", change.to);
  members.add("enforcement.cause", change.cause);
  if (change.until != 0) members.add("enforcement.until", change.until + offset);
  if (change.pid != 0) {
    members.add("user.uid", std::uint64_t{change.uid});
    members.add("proc.pid", std::uint64_t{change.pid});
  }
  if (!change.process.empty()) members.add("proc.exepath", change.process);
  if (!change.key.empty()) members.add("enforcement.key", change.key);
  if (change.meanwhile != nullptr) add_meanwhile(members, *change.meanwhile, offset);
  write(out,
        {.time = change.time + offset,
         .priority = Priority::Notice,
         .rule = "Picket internal: enforcement changed",
         .source = "internal",
         .message = notice_of(change, scratch)},
        host, members);
}

}  // namespace picket
