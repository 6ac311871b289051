// SPDX-License-Identifier: Apache-2.0
//
// An alert's JSON (docs/schema/picket.alert.v1.schema.json): what tests look at in it, and what must be in it about a
// process, put together from /proc alone.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace picket::test {

using Json = nlohmann::json;

std::string rule_of(const Json& alert);
std::string message_of(const Json& alert);
pid_t pid_of(const Json& alert);  // of the process that the event is about

// Equal, or the test fails with one line for each member that differs, is missing or is too much.
void expect_json(const Json& actual, const Json& expected);

// What every alert about that process has, times and counters apart: envelope, process, parent, ancestors. Read from
// /proc/PID, so while the process is there.
Json about_process(pid_t pid);

// Adds times and counters, which only the alert knows, to what is expected: process start times must be those of the
// entity ids, the others must lie between `since` (boot clock) and now.
void take_over_times(Json& expected, const Json& actual, std::uint64_t since);

}  // namespace picket::test
