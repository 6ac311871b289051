// SPDX-License-Identifier: Apache-2.0
//
// What the kernel counts of BPF and of processes. Where QEMU runs the guest with -icount shift=0, each nanosecond below
// is an instruction.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace bench {

struct Calls {
  std::uint64_t count = 0;
  std::uint64_t time = 0;  // ns in the program itself, what calls it not included; with kernel.bpf_stats_enabled=1 only
};

// The BPF programs that are loaded when it is made. Kept open, because opening files is what is measured.
class Programs {
 public:
  Programs();
  Programs(const Programs&) = delete;
  Programs& operator=(const Programs&) = delete;
  ~Programs();

  // By name, which the kernel cuts to 15 bytes.
  std::map<std::string, Calls> calls() const;

 private:
  std::vector<int> descriptors_;
};

// ns that those threads of a process have run for that it has when this is made. Kept open for the same reason.
class ProcessTime {
 public:
  explicit ProcessTime(int pid);
  ProcessTime(const ProcessTime&) = delete;
  ProcessTime& operator=(const ProcessTime&) = delete;
  ~ProcessTime();

  std::uint64_t now() const;

 private:
  std::vector<int> descriptors_;
};

struct Memory {
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;  // as the kernel accounts for them: exact from 6.4 on
};

Memory map_memory();
Memory program_memory();

// One of the numbers of /proc/PID/status ("VmRSS", in KiB); 0 when there is none.
std::uint64_t status_of_process(int pid, const std::string& name);

// Lines of a file; 0 when there is no file.
std::uint64_t lines_of(const char* path);

}  // namespace bench
