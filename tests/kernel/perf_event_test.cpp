// SPDX-License-Identifier: Apache-2.0
//
// perf_event: what can be looked at, with every wire field.
#include <gtest/gtest.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kernel/support/compat.h"
#include "tests/kernel/support/files.h"
#include "tests/kernel/support/system_events.h"

namespace picket::test {
namespace {

perf_event_attr event(unsigned type, std::uint64_t config, bool kernel) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = type;
  attributes.config = config;
  attributes.exclude_kernel = !kernel;
  return attributes;
}

int perf_event_open(const perf_event_attr& attributes, pid_t pid, int cpu) {
  return static_cast<int>(syscall(SYS_perf_event_open, &attributes, pid, cpu, -1, 0));
}

// Of the calling process, or of all that the first CPU runs.
std::function<int()> of_process(const perf_event_attr& attributes) {
  return [=] { return perf_event_open(attributes, 0, -1) < 0; };
}
std::function<int()> of_cpu(const perf_event_attr& attributes) {
  return [=] { return perf_event_open(attributes, -1, 0) < 0; };
}

perf_event_attr breakpoint() {
  static int watched = 0;
  perf_event_attr attributes = event(PERF_TYPE_BREAKPOINT, 0, false);
  attributes.bp_type = HW_BREAKPOINT_W;
  attributes.bp_addr = reinterpret_cast<std::uintptr_t>(&watched);
  attributes.bp_len = HW_BREAKPOINT_LEN_4;
  return attributes;
}

// What a child inherits, the kernel opens for it; nobody asked.
int inherited() {
  perf_event_attr attributes = event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, false);
  attributes.inherit = 1;
  if (perf_event_open(attributes, 0, -1) < 0) return 1;
  const pid_t child = fork();
  if (child == 0) _exit(0);
  return waitpid(child, nullptr, 0) != child;
}

Fields fields(int access, unsigned type, std::uint64_t config) {
  return {{"perf_event.access", std::to_string(access)},
          {"perf_event.type", std::to_string(type)},
          {"perf_event.config", std::to_string(config)}};
}

Way by_call(const char* name, std::function<int()> act, Fields event) {
  return {name, "perf_event_open", SYS_perf_event_open, std::move(act), {std::move(event)}};
}

TEST_F(SystemEvents, EveryWayAndWireFieldOfPerfEvent) {
  const std::uint64_t exec = std::stoull(read_file("/sys/kernel/tracing/events/sched/sched_process_exec/id"));
  constexpr auto kSoftware = PERF_TYPE_SOFTWARE;
  constexpr auto kFaults = PERF_COUNT_SW_PAGE_FAULTS;
  expect_ways("perf_event", {
    by_call("own process", of_process(event(kSoftware, kFaults, false)), fields(0, kSoftware, kFaults)),
        by_call("CPU", of_cpu(event(kSoftware, kFaults, false)), fields(1, kSoftware, kFaults)),
        by_call("kernel", of_process(event(kSoftware, kFaults, true)), fields(2, kSoftware, kFaults)),
        by_call("tracepoint", of_cpu(event(PERF_TYPE_TRACEPOINT, exec, true)), fields(3, PERF_TYPE_TRACEPOINT, exec)),
        by_call("breakpoint", of_process(breakpoint()), fields(0, PERF_TYPE_BREAKPOINT, 0)),
        by_call("inherited", inherited, fields(0, kSoftware, PERF_COUNT_SW_TASK_CLOCK)),
#if defined(__x86_64__)
        {"32 bits",
         "perf_event_open",
         336,
         [] {
           const perf_event_attr attributes = event(kSoftware, kFaults, false);
           return compat_call(336, low_copy(&attributes, sizeof attributes), 0, -1u, -1u, 0) < 0;
         },
         {fields(0, kSoftware, kFaults)},
         true},
#endif
        {"no such type",
         "perf_event_open",
         SYS_perf_event_open,
         [] { return perf_event_open(event(9999, 0, false), 0, -1) >= 0; },
         {}},
  });
}

}  // namespace
}  // namespace picket::test
