// SPDX-License-Identifier: Apache-2.0
//
// The suite of the kinds that have a case or two each, in files of their own. They share one sensor: starting one takes
// longer than their cases.
#pragma once

#include <string>
#include <vector>

#include "tests/kernel/support/suite.h"
#include "tests/kernel/support/way.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {

class SystemEvents : public SharedSensor<SystemEvents> {
 public:
  static std::string rules() {
    return wire_rule("bpf", "bpf", "bpf.command exists") +
           wire_rule("cgroup_mkdir", "cgroup_mkdir", "cgroup_mkdir.path startswith /cgroup-test") +
           wire_rule("cgroup_rmdir", "cgroup_rmdir", "cgroup_rmdir.path startswith /cgroup-test") +
           wire_rule("io_uring", "io_uring", "io_uring.descriptor exists") +
           wire_rule("kexec", "kexec", "kexec.source exists") +
           wire_rule("lockdown", "lockdown", "lockdown.reason exists") +
           wire_rule("module", "module", "module.source exists") +
           wire_rule("perf_event", "perf_event", "perf_event.access exists") +
           wire_rule("userfaultfd", "userfaultfd", "userfaultfd.flags exists") + kEndRule;
  }

 protected:
  static void expect_ways(const std::string& kind, const std::vector<Way>& ways) {
    test::expect_ways(sensor(), kind, ways);
  }
};

}  // namespace picket::test
