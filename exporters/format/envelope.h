// SPDX-License-Identifier: Apache-2.0
//
// What every record of the native JSON begins with, and how they write times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
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

// The same members as text, kept from one record to the next: within a second only the last digits of the time change.
class EnvelopeText {
 public:
  EnvelopeText(std::string_view schema, std::string_view host) {
    text_.append("\"schema\":\"").append(schema).append("\",\"time\":\"");
    time_ = text_.size();
    text_.append(kRfc3339Size, ' ').append("\"").append(host);
  }

  // Of a record of that time. Good until the next call.
  std::string_view of(std::uint64_t time) {
    constexpr std::uint64_t kSecond = 1'000'000'000;
    constexpr std::size_t kFraction = kRfc3339Size - sizeof("Z") + 1 - kFractionSize;
    char* const at = text_.data() + time_;
    if (time / kSecond == second_) {
      put_fraction(at + kFraction, static_cast<std::uint32_t>(time % kSecond));
    } else {
      put_rfc3339(at, time);
      second_ = time / kSecond;
    }
    return text_;
  }

 private:
  std::string text_;
  std::size_t time_ = 0;               // where it stands
  std::uint64_t second_ = UINT64_MAX;  // of which the time is, since 1970
};

}  // namespace picket
