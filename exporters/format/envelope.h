// SPDX-License-Identifier: Apache-2.0
//
// What every record of the native JSON begins with, and how they write times.
#pragma once

#include <cstdint>
#include <string_view>

#include "exporters/format/json.h"
#include "rules/event/time.h"

namespace picket {

// "MEMBER":"2026-08-07T14:03:22.123456789Z", from nanoseconds since 1970.
[[gnu::always_inline]] inline void write_date(JsonWriter& json, std::string_view member, std::uint64_t time) {
  json.name(member).placed(kRfc3339Size, [time](char* at) { return put_rfc3339(at, time); });
}

// The members "schema", "time" and "host". `time` is in nanoseconds since 1970, `host` the last one as it was written.
inline void write_envelope(JsonWriter& json, std::string_view schema, std::uint64_t time, std::string_view host) {
  json.word_member("schema", schema);
  write_date(json, "time", time);
  json.again(host);
}

}  // namespace picket
