// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/support/calls.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

// What the sensor said of the row's call.
void expect_call(Sensor& sensor, const Calls& calls, const CallRow& row, const Place& place,
                 std::map<pid_t, std::string>& done) {
  SCOPED_TRACE(row.type + (" in " + place.path));
  std::filesystem::remove_all(place.path);
  std::filesystem::create_directory(place.path);
  calls.prepare(place);
  Child child([&] { return row.call(place) >= 0 ? 0 : 1; });
  EXPECT_EQ(0, child.wait()) << "the call failed";
  const Fields fields = wire_fields(sensor.next_alert(calls.kind, child.pid()));
  if (fields.contains("type")) {
    EXPECT_EQ(row.type, fields.at("type"));
  }
  done[child.pid()] = row.type;
}

}  // namespace

io_uring_sqe ring_operation(unsigned opcode, const std::string& path) {
  io_uring_sqe operation{};
  operation.opcode = static_cast<unsigned char>(opcode);
  operation.fd = AT_FDCWD;
  operation.addr = reinterpret_cast<std::uint64_t>(path.c_str());
  return operation;
}

std::string calls_rule(const std::string& kind, const std::string& condition) {
  return "- rule: " + kind + "\n  desc: By whichever call.\n  condition: " + condition +
         "\n  output: \"type=%evt.type\"\n  priority: DEBUG\n";
}

std::string calls_rules(const std::vector<std::string>& paths) {
  std::string rules;
  for (const std::string& path : paths) {
    const std::string kind = path.substr(0, path.find('.'));
    rules += calls_rule(kind, path + " contains /calls-of-" + kind + "/");
  }
  return rules;
}

void expect_calls(Sensor& sensor, const Calls& calls) {
  std::map<pid_t, std::string> done;
  for (const std::string& path : {"/run/calls-of-" + calls.kind, "/calls-of-" + calls.kind}) {
    for (const CallRow& row : calls.rows) {
      if (kernel_release() < row.since) continue;
      expect_call(sensor, calls, row, {path}, done);
    }
    std::filesystem::remove_all(path);
  }
  // The last one's has been read, so that all others are there, too.
  std::map<pid_t, int> times;
  for (const Json& alert : sensor.alerts()) ++times[pid_of(alert)];
  for (const auto& [pid, type] : done) EXPECT_EQ(1, times[pid]) << type;
}

}  // namespace picket::test
