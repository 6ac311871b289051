// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/support/way.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>

#include "bpf/shared/wire.h"
#include "tests/kernel/support/child.h"
#include "tests/kernel/support/facts.h"

namespace picket::test {
namespace {

void expect_way(Sensor& sensor, const std::string& kind, const Way& way) {
  SCOPED_TRACE(way.name);
  Child child(way.act);
  const std::uint64_t before = boot_clock();
  child.go();
  for (const Fields& event : way.events) {
    const Json alert = sensor.next_alert(kind, child.pid());
    if (alert.is_null()) continue;
    EXPECT_EQ(way.type, alert.at("event").at("type"));
    const Fields actual = wire_fields(alert);
    Fields expected = ordinary_header(actual, kind, child.pid(), static_cast<int>(way.syscall), before);
    if (way.compat) expected["header.flags"] = std::to_string(PK_FLAG_compat);
    for (const auto& [name, value] : event) expected[name] = value;
    expect_fields(actual, expected);
  }
  const int status = child.wait();
  EXPECT_TRUE(WIFEXITED(status)) << status;
  EXPECT_EQ(way.exit_code, WEXITSTATUS(status));
}

// Alerts of that rule about all that happened so far.
std::ptrdiff_t count_of(Sensor& sensor, const std::string& rule) {
  Child last([] { return 0; });
  last.wait();
  sensor.next_alert("end", last.pid());
  return std::ranges::count_if(sensor.alerts(), [&](const Json& alert) { return rule_of(alert) == rule; });
}

}  // namespace

void expect_ways(Sensor& sensor, const std::string& kind, const std::vector<Way>& ways) {
  std::ptrdiff_t events = count_of(sensor, kind);
  for (const Way& way : ways) {
    expect_way(sensor, kind, way);
    events += std::ssize(way.events);
  }
  EXPECT_EQ(events, count_of(sensor, kind)) << Json(sensor.alerts()).dump(1);
}

}  // namespace picket::test
