// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel/statistics.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "rules/event/read_file.h"

namespace picket {
namespace {

constexpr std::size_t kMostInfo = 4096;

// What the map is accounted for: "memlock:\t4096", as the kernel has told since 4.10.
std::uint64_t memory_of(int map) {
  constexpr std::string_view kKey = "\nmemlock:\t";
  const auto info = read_file("/proc/self/fdinfo/" + std::to_string(map), kMostInfo);
  const std::size_t at = info ? info->find(kKey) : std::string::npos;
  return at == std::string::npos ? 0 : std::strtoull(info->c_str() + at + kKey.size(), nullptr, 10);
}

// The one of that name, made when there is none yet.
template <class Row>
Row& named(std::vector<Row>& rows, const std::string& name) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&name](const Row& row) { return row.name == name; });
  if (found != rows.end()) return *found;
  rows.emplace_back().name = name;
  return rows.back();
}

}  // namespace

void StatisticsReader::add_program(std::string name, int program) {
  bpf_prog_info info{};
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(program, &info, &size) != 0) return;
  ProgramStatistics& row = named(read_.programs, name);
  row.runs += info.run_cnt;
  row.nanoseconds += info.run_time_ns;
  row.missed += info.recursion_misses;
}

void StatisticsReader::add_map(const std::string& name, int map) {
  bpf_map_info info{};
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(map, &info, &size) != 0 || !maps_.insert(info.id).second) return;
  std::uint64_t bytes = memory_of(map);
  if (info.type == BPF_MAP_TYPE_RINGBUF) bytes = std::max<std::uint64_t>(bytes, info.max_entries);  // 0 before 6.4
  named(read_.maps, name).bytes += bytes;
}

void StatisticsReader::add_maps(const bpf_object& object) {
  const bpf_map* map = nullptr;
  bpf_object__for_each_map(map, &object) {
    if (bpf_map__fd(map) >= 0) add_map(bpf_map__name(map), bpf_map__fd(map));
  }
}

bool kernel_counts_runs() {
  const auto text = read_file("/proc/sys/kernel/bpf_stats_enabled", 16);
  return text && text->starts_with('1');
}

Handle have_runs_counted() {
  Handle counting(bpf_enable_stats(BPF_STATS_RUN_TIME));
  if (counting) return counting;
  spdlog::warn("the kernel does not count the runs of BPF programs for us: {}", std::strerror(errno));
  spdlog::info("hint: that takes CAP_SYS_ADMIN and kernel 5.8; or set kernel.bpf_stats_enabled=1 by sysctl");
  return counting;
}

}  // namespace picket
