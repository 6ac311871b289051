// SPDX-License-Identifier: Apache-2.0
//
// An event's own fields as JSON: one member for each row of its kind's list in bpf/shared/fields, without a line for
// any of them here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "exporters/format/json.h"
#include "rules/event/event.h"

namespace picket {

// "KIND":{...}. Rows named `reserved` are left out, and so are texts that are empty and addresses of families that have
// none. Process keys are written as entity ids. A DNS message is written as base64, and what it says beside it (dns.h).
void append_fields(JsonWriter& json, const Event& event, std::string_view boot_id);

// 16 hexadecimal digits. Returns the place behind them.
inline constexpr std::size_t kHexSize = 16;
char* put_hex(char* at, std::uint64_t number);

// An alert's id as a value: 16 digits, so that ids as texts are in the order of the alerts.
void write_alert_id(JsonWriter& json, std::uint64_t id);

// A value that names a process among all processes of all hosts at all times: "BOOTID-0123456789abcdef".
void write_entity_id(JsonWriter& json, std::string_view boot_id, pk_key key);

}  // namespace picket
