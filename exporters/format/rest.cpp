// SPDX-License-Identifier: Apache-2.0
#include "exporters/format/rest.h"

#include "exporters/format/envelope.h"
#include "exporters/format/fields.h"
#include "exporters/format/members.h"
#include "exporters/format/text.h"
#include "rules/event/outcome.h"

namespace picket {
namespace {

void write_mask(JsonWriter& json, std::string_view member, std::uint64_t mask) {
  json.name(member).placed(kHexSize, [mask](char* at) { return put_hex(at, mask); });
}

struct Number {
  std::string_view name;
  std::uint64_t (*get)(const Process&);
};

// What only a report of the process itself can tell.
#define NUMBER(member)                                                                         \
  {                                                                                            \
#member, [](const Process& process) { return static_cast<std::uint64_t>(process.member); } \
  }
constexpr Number kNumbers[] = {
    NUMBER(real_uid),      NUMBER(real_gid),      NUMBER(session),          NUMBER(process_group),  NUMBER(tty),
    NUMBER(pid_namespace), NUMBER(net_namespace), NUMBER(mount_namespace),  NUMBER(user_namespace), NUMBER(stdin_mode),
    NUMBER(stdout_mode),   NUMBER(stderr_mode),   NUMBER(cgroup_namespace), NUMBER(inode),          NUMBER(device),
    NUMBER(exe_mode),
};
constexpr Number kMasks[] = {
    NUMBER(cap_inheritable),
    NUMBER(cap_permitted),
    NUMBER(cap_effective),
};
#undef NUMBER

struct Text {
  std::string_view name;
  std::string Process::*member;
};
constexpr Text kTexts[] = {
    {"name", &Process::comm}, {"exe", &Process::exe_path}, {"cmdline", &Process::cmdline}, {"cwd", &Process::cwd}};

}  // namespace

void append_event_rest(JsonWriter& json, const Event& event, const Host& host) {
  const pk_header& header = *event.header;
  json.member("kind", kind_name(event.kind()));
  write_text(json, "call", call_name(event));
  json.member("tid", header.tid).member("uid", header.uid).member("gid", header.gid);
  json.member("cpu", header.cpu).member("sequence", header.sequence);
  write_flags(json, "flags", header.flags, kFlags);
  json.member("decision", decision_name(header.decision));
  if (event.result) json.member("result", *event.result);
  if (header.error != 0) json.member("error", error_name(-std::int64_t{header.error}));
  if (!event.reached_by.empty()) json.member("reached_by", event.reached_by);
  if (!event.host_name.empty()) json.member("remote_name", event.host_name);
  if (!event.local_name.empty()) json.member("local_name", event.local_name);
  append_fields(json, event, host.boot_id);
}

void append_process_rest(JsonWriter& json, const Event& event, const Process& process) {
  json.name("known").truth(process.known);
  json.member("vpid", process.vpid).member("cgroup", process.cgroup);
  if (!process.filename.empty()) json.member("filename", process.filename);
  if (!process.interpreter.empty()) json.member("interpreter", process.interpreter);
  if (process.exec_time != 0) write_date(json, "exec_time", since_1970(event, process.exec_time));
  write_flags(json, "flags", process.flags, kFlags);
  if (process.known) {
    for (const Number& number : kNumbers) json.member(number.name, number.get(process));
    for (const Number& mask : kMasks) write_mask(json, mask.name, mask.get(process));
    if (process.login_uid != UINT32_MAX) json.member("login_uid", process.login_uid);
    write_flags(json, "exe_flags", process.exe_flags, kExeFlags);
    if (process.exe_mtime != 0) write_date(json, "exe_mtime", process.exe_mtime);
    if (process.exe_ctime != 0) write_date(json, "exe_ctime", process.exe_ctime);
  }
  append_exact_texts(&json, process);
}

bool append_exact_texts(JsonWriter* json, const Process& process) {
  bool any = false;
  for (const Text& text : kTexts) {
    const std::string& bytes = process.*text.member;
    if (is_utf8(bytes)) continue;
    any = true;
    if (json != nullptr) json->base64_member(text.name, bytes);
  }
  for (const auto& [name, strings] : {std::pair{std::string_view("argv_base64"), std::string_view(process.argv)},
                                      std::pair{std::string_view("env_base64"), std::string_view(process.env)}}) {
    if (is_utf8(strings)) continue;
    any = true;
    if (json == nullptr) continue;
    json->name(name).open('[');
    for_each_string(strings, [json](std::string_view one) { json->base64(one); });
    json->close(']');
  }
  return any;
}

namespace {

struct WriteText {
  JsonWriter& json;
  void operator()(std::monostate) const { json.name("value").null(); }
  void operator()(std::string_view text) const { json.member("value", text); }
  void operator()(std::int64_t number) const { write_digits(json, "value", number); }
  void operator()(std::uint64_t number) const { write_digits(json, "value", number); }
  void operator()(bool truth) const { json.member("value", truth ? std::string_view("true") : "false"); }
  void operator()(const Address& address) const { write_address(json, "value", address); }
};

}  // namespace

void append_output_fields(JsonWriter& json, const Alert& alert, Scratch& scratch) {
  json.open('[');
  for (std::size_t i = 0; i < alert.output.size(); ++i) {
    const OutputPiece& piece = alert.output[i];
    if (piece.literal()) continue;
    json.open('{').name("name").text(piece.text);
    std::visit(WriteText{json}, alert.value(i, scratch));
    json.close('}');
  }
  json.close(']');
}

void append_throttled(JsonWriter& json, const Throttled& throttled) {
  const auto offset = static_cast<std::uint64_t>(throttled.wall_clock_offset);
  json.name("throttled").open('{');
  json.member("rule", throttled.rule).member("key", throttled.key).member("count", throttled.count);
  write_date(json, "since", throttled.since + offset);
  write_date(json, "until", throttled.until + offset);
  json.close('}');
}

void append_undelivered(JsonWriter& json, const Undelivered& undelivered) {
  const auto offset = static_cast<std::uint64_t>(undelivered.wall_clock_offset);
  json.name("undelivered").open('{');
  json.member("output", undelivered.output).member("count", undelivered.count);
  json.name("causes").open('{');
  for (const Undelivered::Cause& cause : undelivered.causes) json.member(cause.name, cause.count);
  json.close('}');
  write_date(json, "since", undelivered.since + offset);
  write_date(json, "until", undelivered.until + offset);
  json.close('}');
}

namespace {

void append_meanwhile(JsonWriter& json, const Meanwhile& meanwhile, std::uint64_t offset) {
  json.name("meanwhile").open('{');
  if (meanwhile.since != 0) write_date(json, "since", meanwhile.since + offset);
  write_date(json, "until", meanwhile.until + offset);
  json.name("counted").truth(meanwhile.counted);
  json.member("refused", meanwhile.refused).member("recorded", meanwhile.recorded);
  json.name("rules").open('[');
  for (const RefusedMeanwhile& rule : meanwhile.rules) {
    json.open('{').member("rule", rule.rule).member("denied", rule.denied).member("killed", rule.killed).close('}');
  }
  json.close(']').close('}');
}

}  // namespace

void append_change(JsonWriter& json, const EnforcementChange& change) {
  const auto offset = static_cast<std::uint64_t>(change.wall_clock_offset);
  json.name("enforcement").open('{');
  json.member("from", change.from).member("to", change.to).member("cause", change.cause);
  if (change.until != 0) write_date(json, "until", change.until + offset);
  if (change.pid != 0) json.member("uid", change.uid).member("pid", change.pid);
  if (!change.process.empty()) json.member("process", change.process);
  if (!change.key.empty()) json.member("key", change.key);
  if (change.meanwhile != nullptr) append_meanwhile(json, *change.meanwhile, offset);
  json.close('}');
}

std::string_view base_name(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path.substr(path == "/" ? 0 : path.rfind('/') + 1);
}

std::string_view directory_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == path.npos) return {};
  return path.substr(0, std::max<std::size_t>(slash, 1));
}

}  // namespace picket
