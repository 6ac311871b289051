// SPDX-License-Identifier: Apache-2.0
//
// What the tests of all runtimes have in common: the rules, and how an alert's container is compared.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "tests/kernel/support/sensor.h"

namespace picket::test {

inline constexpr const char* kContainerRules = R"(
- rule: inside
  desc: A program was started in a container.
  condition: evt.type = execve and container.id != host and proc.exepath = /helper
  output: "id=%container.id name=%container.name image=%container.image.repository:%container.image.tag pod=%k8s.ns.name/%k8s.pod.name"
  priority: DEBUG
- rule: stray
  desc: A program of a container that is taken for the host's.
  condition: evt.type = execve and container.id = host and proc.exepath = /helper
  output: "%proc.cmdline"
  priority: DEBUG
- rule: keeper
  desc: What looks after containers is outside of them.
  condition: evt.type = execve and proc.name in (runc, crun, conmon, containerd-shim) and not proc.cmdline = "runc init"
  output: "%container.id"
  priority: DEBUG
- rule: change
  desc: A container started or stopped.
  condition: evt.type = container
  output: "%container.action %container.name"
  priority: DEBUG
)";

class ContainerScene : public testing::Test {
 protected:
  // The container of the next alert of that rule. Its times are made "then": that of its cgroup must be before the
  // alert's. (crun writes when it was created only once it runs.)
  Json next_container(const std::string& rule, pid_t process = 0) {
    const Json alert = sensor().next_alert(rule, process);
    Json container = alert.value("container", Json());
    if (!container.is_object()) {
      ADD_FAILURE() << "no container in " << alert.dump();
      return container;
    }
    for (const char* time : {"created", "started"}) {
      if (!container.contains(time)) continue;
      EXPECT_TRUE(time == std::string("created") || container[time] <= alert["time"]) << container[time];
      container[time] = "then";
    }
    return container;
  }

  // `container` events with that action about that container, so far.
  int changes(int action, const std::string& id) {
    int count = 0;
    for (const Json& alert : sensor().alerts()) {
      count += rule_of(alert) == "change" && alert["event"]["container"]["action"] == action &&
               alert.value("container", Json::object()).value("full_id", "") == id;
    }
    return count;
  }

  // Waits for exactly one.
  void expect_change(int action, const std::string& id) {
    EXPECT_TRUE(wait_until([&] { return changes(action, id) > 0; })) << "no event " << action << " of " << id << "\n"
                                                                     << sensor().log();
    EXPECT_EQ(1, changes(action, id));
  }

  void expect_no_strays() {
    for (const Json& alert : sensor().alerts()) {
      EXPECT_NE("stray", rule_of(alert)) << alert.dump();
      if (rule_of(alert) == "keeper") {
        EXPECT_EQ("host", message_of(alert)) << alert.dump();
      }
    }
  }

  Sensor& sensor() {
    if (!sensor_) sensor_.emplace(SensorOptions{.rules = kContainerRules, .arguments = sensor_arguments_});
    return *sensor_;
  }

  std::vector<std::string> sensor_arguments_;

 private:
  std::optional<Sensor> sensor_;
};

}  // namespace picket::test
