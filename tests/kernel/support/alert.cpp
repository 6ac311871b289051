// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/support/alert.h"

#include <gtest/gtest.h>

namespace picket::test {
namespace {

template <class T>
T member(const Json& alert, const char* path, T otherwise) {
  const Json::json_pointer pointer(path);
  return alert.contains(pointer) && !alert.at(pointer).is_structured() ? alert.at(pointer).get<T>() : otherwise;
}

}  // namespace

std::string rule_of(const Json& alert) { return member<std::string>(alert, "/rule/name", ""); }
std::string message_of(const Json& alert) { return member<std::string>(alert, "/output", ""); }
pid_t pid_of(const Json& alert) { return member<pid_t>(alert, "/process/pid", 0); }

void expect_json(const Json& actual, const Json& expected) {
  for (const Json& change : Json::diff(expected, actual)) {
    const Json::json_pointer at(change.at("path").get<std::string>());
    const std::string wanted = expected.contains(at) ? expected.at(at).dump() : "nothing";
    const std::string found = actual.contains(at) ? actual.at(at).dump() : "nothing";
    ADD_FAILURE() << at.to_string() << ": expected " << wanted << ", found " << found;
  }
}

}  // namespace picket::test
