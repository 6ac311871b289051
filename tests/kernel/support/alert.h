// SPDX-License-Identifier: Apache-2.0
//
// Where things stand in an alert's JSON.
#pragma once

#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <string>

namespace picket::test {

using Json = nlohmann::json;

std::string rule_of(const Json& alert);
std::string message_of(const Json& alert);
pid_t pid_of(const Json& alert);  // of the process that the event is about

// Equal, or the test fails with one line for each member that differs, is missing or is too much.
void expect_json(const Json& actual, const Json& expected);

}  // namespace picket::test
