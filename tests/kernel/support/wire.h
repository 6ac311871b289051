// SPDX-License-Identifier: Apache-2.0
//
// Every wire field, asserted: a rule whose output prints all fields of a kind, and the comparison with what they must
// be. The rows of bpf/shared/fields are walked, so that a field without an expectation fails its kind's test.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/kernel/support/sensor.h"

namespace picket::test {

// By name, "open.path"; the text that a rule's output shows.
using Fields = std::map<std::string, std::string>;

// A rule named `name` that prints every wire field of the kind ("open") and of the header.
std::string wire_rule(const std::string& name, const std::string& kind, const std::string& condition);

// Such rules for kinds that share a sensor, one for each of these paths, "rename.old_path": named as the kind, and
// about what ends with its mark, so that what a case makes for one kind is not told as another.
std::string marked_rules(const std::vector<std::string>& paths);

// "marked-rename"
std::string mark_of(const std::string& kind);

// What such a rule's alert printed.
Fields wire_fields(const Json& alert);

// The header of an event of that process in which nothing is out of the ordinary: its only thread made it just now, as
// the process's effective user. Time, CPU, sequence and size are taken over from `actual`, after a look at their
// bounds.
Fields ordinary_header(const Fields& actual, const std::string& kind, pid_t pid, int syscall, std::uint64_t since);

// Runs the act in a child, and compares every field that the sensor's rule of the kind's name prints about it:
// `expected` has the kind's, and those of the header that are out of the ordinary. The sensor must not say anything
// else.
void expect_event(Sensor& sensor, const std::string& kind, int syscall, const std::function<int()>& act,
                  const Fields& expected);

// All rows of the header and of the kind, and nothing else. When the case passes, this kernel has the kind.
void expect_fields(const Fields& actual, const Fields& expected);

// For a case that looks at every field of a kind by other means than expect_fields().
void every_field_was_checked(const std::string& kind);

// The kinds of which every field was checked since the last call. What docs/kernels.md says comes from here.
std::set<std::string> take_checked_kinds();

}  // namespace picket::test
