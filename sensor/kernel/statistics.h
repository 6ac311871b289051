// SPDX-License-Identifier: Apache-2.0
//
// What the kernel side costs and how full it is, at one moment.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sensor/kernel/pins.h"

struct bpf_object;

namespace picket {

struct RingState {
  std::string name;  // "lifecycle", "0"
  std::uint64_t bytes = 0;
  std::uint64_t used = 0;  // not yet read
};

struct ProgramStatistics {
  std::string name;  // "file_open"; "end of FUNCTION" for those at the ends of calls
  std::uint64_t runs = 0;
  std::uint64_t nanoseconds = 0;
  std::uint64_t missed = 0;  // runs that the kernel left out
};

struct MapMemory {
  std::string name;
  std::uint64_t bytes = 0;
};

struct KernelStatistics {
  bool counts_runs = false;                 // or runs and nanoseconds tell nothing
  std::vector<ProgramStatistics> programs;  // no name twice
  std::vector<MapMemory> maps;              // no name twice
  std::vector<RingState> rings;
};

// Asks the kernel about programs and maps, one after the other. Used from one thread.
class StatisticsReader {
 public:
  void add_program(std::string name, int program);

  // To the memory of others of the same name; a map that was added already, by whichever descriptor, is passed over.
  void add_map(const std::string& name, int map);
  // All that the object has.
  void add_maps(const bpf_object& object);

  KernelStatistics take() { return std::move(read_); }

 private:
  KernelStatistics read_;
  std::set<std::uint32_t> maps_;  // their numbers in the kernel
};

// Whether the kernel counts the runs of all programs: kernel.bpf_stats_enabled. That somebody else has asked it to by a
// descriptor, as bpftop does, cannot be seen.
bool kernel_counts_runs();

// Has the kernel count them as long as what is returned is open. None when it does not, which is said on the log: no
// reason not to start.
Handle have_runs_counted();

}  // namespace picket
