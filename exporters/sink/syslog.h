// SPDX-License-Identifier: Apache-2.0
//
// Messages to the journal, or to a syslog daemon of this host.
#pragma once

#include <memory>
#include <string>

#include "exporters/sink/local_socket.h"
#include "exporters/sink/sink_types.h"

namespace picket {

Result<std::unique_ptr<Destination>> make_syslog(const SinkSettings& settings);

Result<void> check_syslog_protocol(std::string_view text);
Result<void> check_facility(std::string_view text);

inline constexpr SinkOption kSyslogOptions[] = {
    {.key = "to",
     .expects = "journal|syslog|auto",
     .doc = "Whom: journald, by its own protocol, or a syslog daemon; auto is the first that there is.",
     .check = check_syslog_protocol},
    {.key = "path", .expects = "PATH", .doc = "Another socket than the usual one.", .check = check_socket_path},
    {.key = "facility",
     .expects = "NAME",
     .doc = "The facility, as daemon, authpriv or local0.",
     .check = check_facility},
};

// One message as journald's protocol has it: fields, of which each is NAME=VALUE and a newline or, when there is a
// newline in the value, NAME, a newline, the value's size in eight bytes, lowest first, the value and a newline.
void append_journal_fields(std::string& out, const Message& message, unsigned facility);

// One message for /dev/log: "<PRIORITY>Nov  2 21:14:37 picket[PID]: TEXT", as RFC 3164 and the C library have it.
// `time` is in seconds since 1970.
void append_syslog_line(std::string& out, const Message& message, unsigned facility, std::int64_t time, int pid);

}  // namespace picket
