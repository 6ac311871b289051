// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/replay.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <numeric>

#include "sensor/kernel/programs.h"
#include "sensor/pipeline/driver.h"
#include "sensor/pipeline/outputs.h"
#include "sensor/process/users.h"

namespace picket {
namespace {

// What a sensor with this policy has its kernel send.
KindSet seen_for(const Policy& policy) {
  const KindSet seen = policy.kinds | lifecycle_kinds() | KindSet{Kind::other_name};
  return policy.results.empty() ? seen : seen | KindSet{Kind::result};
}

// As the option sensor.max_processes, whatever a file says.
constexpr std::uint64_t kMostProcesses = 1u << 22;

// A driver that is given only what the sensor would have been sent: a recording may hold more.
class Player final : public Driver {
 public:
  Player(const Policy& policy, const Facts& facts, RecordedNames& names, Outputs& outputs)
      : Driver(policy, std::min(facts.max_processes, kMostProcesses),
               {.wait_ns = facts.container_wait, .hierarchy = facts.hierarchy, .reads_state = false}, names, outputs,
               {.wait_ns = facts.hash_wait, .own_pid = facts.own_pid}),
        seen_(seen_for(policy)),
        results_(policy.results),
        names_(names) {
    engine().set_wall_clock(facts.wall_clock_offset);
  }

  // The bytes are the reader's, which lets them be changed.
  void record(std::span<const std::byte> record) override {
    ++records_;
    if (record.size() >= sizeof(pk_header)) {
      auto& header = *reinterpret_cast<pk_header*>(const_cast<std::byte*>(record.data()));
      const auto kind = static_cast<Kind>(header.kind);
      if (header.kind < kKindEnd && !seen_.contains(kind)) return;
      if (header.kind < kKindEnd && !results_.contains(kind)) header.flags &= ~PK_FLAG_result_follows;
    }
    Driver::record(record);
  }
  void forget_names() override { names_.clear(); }
  void user(std::uint32_t id, const Account& account) override { names_.add_user(id, account); }
  void group(std::uint32_t id, const Account& account) override { names_.add_group(id, account); }

  std::uint64_t records() const { return records_; }

 private:
  const KindSet seen_, results_;
  RecordedNames& names_;
  std::uint64_t records_ = 0;
};

}  // namespace

Result<ReplayReport> replay(const std::string& path, const Policy& policy, const Config& config) {
  auto reader = RecordingReader::open(path);
  if (!reader) return reader.error();
  const Facts& facts = (*reader)->facts();
  auto outputs = open_outputs(config, Host{.name = facts.host_name, .boot_id = facts.boot_id, .kernel = facts.kernel});
  if (!outputs) return outputs.error();

  RecordedNames names;
  Player player(policy, facts, names, *outputs);
  while ((*reader)->play_block(player)) {
  }
  const RecordingEnd& end = (*reader)->end();
  if (!end.whole) player.finish();  // what waits for more will not get it
  outputs->finish();
  for (const std::string& loss : outputs->losses()) spdlog::error("{}", loss);

  const EngineCounters& counters = player.engine().counters();
  return ReplayReport{.records = player.records(),
                      .alerts = counters.alerts,
                      .lost = std::accumulate(counters.lost.begin(), counters.lost.end(), std::uint64_t{0}),
                      .end = end};
}

}  // namespace picket
