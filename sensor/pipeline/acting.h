// SPDX-License-Identifier: Apache-2.0
//
// What rules do in the kernel, put together: the image that decides, the switch and its timer, who is exempt, and how
// often each rule acted.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "rules/event/result.h"
#include "sensor/kernel/kernel.h"
#include "sensor/pipeline/config.h"
#include "sensor/pipeline/enforcement_switch.h"
#include "sensor/pipeline/exempt_files.h"
#include "sensor/pipeline/host_mounts.h"
#include "sensor/pipeline/rule_counts.h"
#include "sensor/pipeline/ruleset.h"
#include "sensor/pipeline/status.h"

namespace picket {

// Used from one thread. Configuration and kernel side must outlive it.
class Acting {
 public:
  Acting(const Config& config, KernelSide& kernel, EnforcementSwitch::Report report);

  // From here on the kernel decides by these rules. Returns the generation that its records name. An error leaves the
  // rules before in force.
  Result<std::uint32_t> decide(const Policy& policy, const Plan& plan);

  // What was decided by may be enforced: for the first time, or after other rules.
  void start(const Plan& plan);
  void change(const Plan& plan);

  // To be called all the time: renews the timer, and finds out about mounts.
  void look() {
    switch_.look(Clocks::now());
    mounts_.look();
  }
  // About once a second: finds out about new files of those who are exempt.
  void tick() { look_for_files(); }

  std::map<std::string, RuleCount> counts() const { return counts_.total(kernel_.hits()); }
  EnforcementSwitch& enforcement() { return switch_; }

  // What of the status is about this.
  void describe(Status& status, std::uint64_t now) const;

 private:
  void look_for_files() {
    exempt_.look();
    exempt_own_.look();
  }

  KernelSide& kernel_;
  EnforcementSwitch switch_;
  HostMounts mounts_;
  ExemptFiles exempt_;
  ExemptFiles exempt_own_;  // the sensor's own executable, where rules outlive it
  RuleCounts counts_;
  std::uint32_t generation_ = 0;
};

}  // namespace picket
