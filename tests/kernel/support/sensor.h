// SPDX-License-Identifier: Apache-2.0
//
// The real sensor, run as users run it: the program as a child process, a rule file on disk, alerts as JSON lines in a
// file. Nothing of the product is linked into these tests.
//
//   Sensor sensor({.rules = R"(- rule: Shadow was read ...)"});
//   Child child([] { return open("/etc/shadow", O_RDONLY) < 0; });
//   child.go();
//   const Json alert = sensor.next_alert("Shadow was read", child.pid());
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/kernel/support/alert.h"
#include "tests/kernel/support/files.h"
#include "tests/kernel/support/wait.h"

namespace picket::test {

struct SensorOptions {
  std::string rules = {};                   // text of the rule file; empty: `arguments` name one
  std::vector<std::string> arguments = {};  // more arguments of the command
  std::string config = "{}\n";              // text of the configuration: whatever is installed has no say
  std::string standard_output = {};         // path; empty: a new file, which alerts are read from
  bool wait_until_ready = true;             // and fail the test when it does not become ready
  uid_t uid = 0;                            // whom it runs as
  std::string command = "run";              // another one that takes --rules: "record", "replay"
};

class Sensor {
 public:
  explicit Sensor(const SensorOptions& options);
  ~Sensor();  // stops it; fails the test when it does not end with 0, unless its end was asked for before
  Sensor(const Sensor&) = delete;
  Sensor& operator=(const Sensor&) = delete;

  pid_t pid() const { return pid_; }

  // The next alert of that rule about that process (0: any) which was not returned before. When none comes in time the
  // test fails with the sensor's log, and null is returned.
  Json next_alert(const std::string& rule, pid_t process = 0, std::chrono::milliseconds timeout = kPatience);

  // Every alert so far, without waiting, and what was lost; not what the sensor says of its rules. From 7.0 on not the
  // few events either that a tracing program missed because it was under way on that CPU: that can happen to any test.
  const std::vector<Json>& alerts();

  // That: the event by which it said that rules are in force; null when it does not come in time.
  const Json& policy();

  // SIGTERM, then the exit code (128 + signal when a signal ended it).
  int stop();

  // Waits for an end that comes by itself: its exit code, or -1 when it goes on for longer.
  int wait_for_end(std::chrono::milliseconds timeout = kPatience);

  // Events that were lost, as it says when it has stopped.
  std::uint64_t lost() const;

  std::string log() const;  // what it wrote to standard error so far
  // Of one that has stopped: how many events it was given, as it said; -1 when it did not.
  long events_seen() const;
  std::string output() const;  // and to standard output

 private:
  bool ended();

  Directory directory_;
  std::string output_;
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
  bool end_was_asked_for_ = false;
  std::size_t read_ = 0;  // bytes of output_ that alerts_ holds
  std::vector<Json> alerts_;
  Json policy_;
  std::vector<bool> returned_;
};

// The program under test (PICKET_BINARY) and the helper that tests execute (PICKET_HELPER).
std::string picket_binary();
std::string helper_binary();

}  // namespace picket::test
