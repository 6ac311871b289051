// SPDX-License-Identifier: Apache-2.0
//
// What /proc and stat() say about a process or a file: the second opinion that alerts are compared with.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace picket::test {

// Field `number` of /proc/PID/stat, as proc(5) counts them from 1.
std::string stat_field(pid_t pid, int number);

// The process key: start time in ticks << 22 | pid, as 16 hexadecimal digits.
std::string key_of(pid_t pid);

// Inode number of a namespace: "pid", "mnt", "net", "user", "cgroup".
std::uint64_t namespace_of(pid_t pid, const std::string& name);

// Id of the process's cgroup in the unified hierarchy.
std::uint64_t cgroup_of(pid_t pid);

// A device number as the kernel keeps it: major << 20 | minor.
std::uint32_t kernel_device(dev_t device);

// /proc/PID/cmdline, its arguments.
std::vector<std::string> arguments_of(pid_t pid);

// Boot clock, nanoseconds.
std::uint64_t boot_clock();

}  // namespace picket::test
