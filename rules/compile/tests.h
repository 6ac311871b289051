// SPDX-License-Identifier: Apache-2.0
//
// The tests that a rule brings along: events that must match, and events that must not.
//
//   tests:
//     - match: {kind: open, path: /etc/shadow, by: /usr/bin/cat, under: [/usr/bin/bash, /usr/sbin/sshd]}
//     - miss: {kind: open, path: /etc/shadow, flags: O_WRONLY|O_APPEND, by: {exepath: /usr/sbin/useradd, args: [-m,
//     x]}}
//     - match: [{kind: open, path: /a}, {kind: open, path: /a, at: 2s}]
//
//   EVENT      kind, the fields of that kind, and of the table in made_events.cpp: by, under, container, call, at, ...
//   PROCESS    the path of an executable, or a map: name, exepath, args, uid, ...
//   CONTAINER  an image, or a map: id, name, image, pod, ...
//
// Of several events in a list the last is the one that must or must not make the rule match.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rules/event/diagnostic.h"
#include "rules/event/made_event.h"
#include "rules/policy/documents.h"

namespace picket {

struct TestEvent {
  MadeEvent made;
  std::uint64_t times = 1;  // it happens so often, a step apart
};

inline constexpr std::uint64_t kTestStep = 1'000'000;  // between events of which nothing else is said, in nanoseconds

struct RuleTest {
  std::string rule;
  bool match = true;
  std::vector<TestEvent> events;  // in the order of time; at least one
  Diagnostic finding;             // of the place, for whoever finds that the test fails
};

// Those of the rule. What is wrong with them goes to `diagnostics`; a test with an error is left out.
std::vector<RuleTest> read_tests(const policy::RuleItem& item, std::vector<Diagnostic>& diagnostics);

}  // namespace picket
