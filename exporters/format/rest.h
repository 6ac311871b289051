// SPDX-License-Identifier: Apache-2.0
//
// What other people's schemas have no place for, as members of whatever object they leave to vendors: OCSF's
// `unmapped`, `xattributes` and evidence data, ECS's own name space. And what these formats write alike.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <string_view>

#include "exporters/format/formatter.h"
#include "exporters/format/json.h"
#include "exporters/format/text_buffer.h"
#include "rules/event/alert.h"
#include "rules/event/decimal.h"
#include "rules/event/time.h"

namespace picket {

// The members of the event itself: kind, call, thread, CPU, flags, decision, result, and the object named like its kind
// with all its own fields, as in native JSON. Bytes that are not UTF-8 are exact here.
void append_event_rest(JsonWriter& json, const Event& event, const Host& host);

// Members of a process: what it is known by in no schema, and those of its texts that are not UTF-8, as
// "<name>_base64".
void append_process_rest(JsonWriter& json, const Event& event, const Process& process);

// Only those texts. Returns whether there are any; writes nothing when `json` is null.
bool append_exact_texts(JsonWriter* json, const Process& process);

// [{"name":"proc.cmdline","value":"cat /etc/shadow"},...]: what the rule's output names, as texts; null when missing. A
// list, since one name may begin another (evt.time, evt.time.s) and readers make objects of dots.
void append_output_fields(JsonWriter& json, const Alert& alert, Scratch& scratch);

// The members of what the sensor says of itself, in an object named like it.
void append_throttled(JsonWriter& json, const Throttled& throttled);
void append_change(JsonWriter& json, const EnforcementChange& change);
void append_undelivered(JsonWriter& json, const Undelivered& undelivered);

// "/etc/shadow" is "shadow" in "/etc".
std::string_view base_name(std::string_view path);
std::string_view directory_of(std::string_view path);

// One line: write(JsonWriter&) writes the object.
template <class Write>
void write_line(TextBuffer& out, Write write) {
  JsonWriter json(out);
  write(json);
  json.end_line();
}

inline std::uint64_t since_1970(const Event& event, std::uint64_t boot_time) {
  return boot_time + static_cast<std::uint64_t>(event.wall_clock_offset);
}

// Whether the thing was kept from happening, or would have been.
inline bool was_refused(const pk_header& header) {
  return header.decision == PK_DENIED || header.decision == PK_KILLED;
}
inline bool was_cut(const pk_header& header) {
  return (header.flags & (PK_FLAG_path_truncated | PK_FLAG_argv_truncated | PK_FLAG_cwd_truncated |
                          PK_FLAG_old_path_truncated | PK_FLAG_env_truncated)) != 0;
}

// Those of a list of NUL-terminated strings, one after another.
template <class Use>
void for_each_string(std::string_view strings, Use use) {
  while (!strings.empty()) {
    const std::string_view one = strings.substr(0, strings.find('\0'));
    use(one);
    strings.remove_prefix(std::min(one.size() + 1, strings.size()));
  }
}

// The process and those that made it, at most 16 of these.
template <class Use>
void for_each_ancestor(const Process& process, Use use) {
  constexpr int kMost = 16;
  const Process* ancestor = process.parent;
  for (int level = 0; ancestor != nullptr && level < kMost; ++level, ancestor = ancestor->parent) use(*ancestor);
}

// A member that is left out when nobody knows its value. Not exact: bytes that are not UTF-8 are U+FFFD.
inline void write_text(JsonWriter& json, std::string_view member, std::string_view text) {
  if (!text.empty()) json.name(member).text(text);
}

// A number as a string.
template <std::integral Number>
void write_digits(JsonWriter& json, std::string_view member, Number number) {
  json.name(member).placed(kLongestDecimal, [number](char* at) { return put_decimal(at, number); });
}

inline void write_address(JsonWriter& json, std::string_view member, const Address& address) {
  json.name(member).placed(kLongestAddress, [&address](char* at) { return put_text(at, address); });
}

// 64 hexadecimal digits.
inline JsonWriter& write_hash(JsonWriter& json, std::string_view member, const FileHash& hash) {
  char digits[kSha256Digits];
  write_digits(hash.sha256, digits);
  return json.name(member).text(std::string_view(digits, sizeof digits));
}

}  // namespace picket
