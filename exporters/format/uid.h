// SPDX-License-Identifier: Apache-2.0
//
// Ids for formats that want them: the same record always has the same one, so that a reader knows a copy when it sees
// it. They are UUIDs of version 8 (RFC 9562: bits as the maker pleases); no others than Picket's are meant to match.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rules/event/alert.h"

namespace picket {

struct Uid {
  std::uint64_t high = 0, low = 0;
  bool operator==(const Uid&) const = default;
};

// 0123cdef-0123-8def-8123-0123456789ab. Returns the place behind them.
inline constexpr std::size_t kUidSize = 36;
char* put_uid(char* at, const Uid& uid);

// Of a process for as long as it lives, over its execs: no two of one boot have the same. `boot_id` is Host's.
Uid process_uid(std::string_view boot_id, pk_key key);

// Of an event, and of what a rule made of it. Events of one hook on one CPU differ in their sequence, those of one call
// that the sensor made itself in their kind. Mixed, not counted: 122 bits.
Uid event_uid(std::string_view boot_id, const Event& event, std::string_view rule = {});

// Of what the sensor says of itself: `what` happened at `time` of the boot clock.
Uid notice_uid(std::string_view boot_id, std::string_view what, std::string_view about, std::uint64_t time);

}  // namespace picket
