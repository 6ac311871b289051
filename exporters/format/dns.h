// SPDX-License-Identifier: Apache-2.0
//
// What a DNS message says, as JSON.
#pragma once

#include <cstdint>
#include <string_view>

#include "exporters/format/json.h"

namespace picket {

// "type":"AAAA", and a member that is a response code.
void write_dns_type(JsonWriter& json, std::uint16_t type);
void write_dns_rcode(JsonWriter& json, std::string_view member, unsigned rcode);

// Members of the object that is open: "rcode", "question" and "answers" (A, AAAA and CNAME; in their order). None of
// them for bytes that are no response, no question for one that cannot be read; answers end where reading does.
void append_dns(JsonWriter& json, std::string_view message);

}  // namespace picket
