// SPDX-License-Identifier: Apache-2.0
//
// The engine: records in, alerts out. Decodes, joins the process, finds the rule, writes the alert. Knows nothing of
// kernels and reads no clock, so that it can be driven by recorded or made-up records as well.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rules/event/time.h"
#include "rules/language/rule.h"
#include "rules/match/output_text.h"
#include "rules/plan/plan.h"
#include "sensor/decode/decode.h"
#include "sensor/hash/cache.h"
#include "sensor/hash/request.h"
#include "sensor/kernel/losses.h"
#include "sensor/pipeline/hash_waits.h"
#include "sensor/pipeline/holding.h"
#include "sensor/pipeline/matching.h"
#include "sensor/pipeline/other_names.h"
#include "sensor/pipeline/outputs.h"
#include "sensor/pipeline/rule_hits.h"
#include "sensor/process/containers.h"
#include "sensor/process/host_names.h"
#include "sensor/process/table.h"

namespace picket {

struct EngineCounters {
  std::uint64_t events = 0;
  std::uint64_t alerts = 0;
  std::array<std::uint64_t, kKindEnd> by_kind{};       // of the events
  std::array<std::uint64_t, kDecodeErrors> refused{};  // records that decode() refused, by cause
  std::array<std::uint64_t, kKindEnd> lost{};          // before they reached us, by kind

  std::uint64_t malformed() const { return std::accumulate(refused.begin(), refused.end(), std::uint64_t{0}); }
};

// How hashes come about, for rules that need them.
struct HashingSettings {
  std::uint64_t wait_ns = 2'000'000'000;           // that an event waits for one
  std::uint32_t own_pid = 0;                       // of the sensor: for its own events no file is read
  std::function<void(HashRequest)> ask = nullptr;  // answers come through on_hash(); none: somebody knows them already
};

struct HashCounters {
  std::uint64_t asked = 0;                             // files that events waited for
  std::uint64_t known = 0;                             // hashes with which they went on
  std::array<std::uint64_t, kHashProblems> missing{};  // without which they did, by HashProblem
};

// Used from one thread. Per event: no allocation once warm (but for DNS answers), no lock, no copy of the record.
class Engine {
 public:
  // Everything must outlive the engine. Until set_wall_clock() is called, the boot was in 1970.
  Engine(const Policy& policy, ProcessTable& processes, ContainerTable& containers, Names& names, Outputs& outputs,
         HashingSettings hashing = {});

  // The longest that an event waits for the end of its call.
  static constexpr std::uint64_t kResultNs = 200'000'000;

  // Other rules, from the next event on: events that wait are evaluated by the rules that are in force when they have
  // waited long enough. What the old rules remember of earlier events (throttles, thresholds, sequences) ends with
  // them. The new policy must outlive the engine, `matching` is that policy's; returns the old one.
  std::unique_ptr<Matching> change_rules(const Policy& policy, std::unique_ptr<Matching> matching);

  // What the kernel decides from here on: records of this generation of the policy image that name a conjunct are
  // alerts of that conjunct's rule, whatever the rules would say of them. So are those of the generation before, until
  // the next change_rules(): what still waits then is looked at by the new rules alone. The policy must outlive the
  // engine, or the change_rules() that replaces it.
  void add_decisions(std::uint32_t generation, const Policy& policy, const std::vector<PlannedConjunct>& conjuncts);

  // Nanoseconds from the boot clock to the time since 1970, from here on.
  void set_wall_clock(std::int64_t offset) { wall_clock_offset_ = offset; }

  void on_record(std::span<const std::byte> record);

  // Takes over what was read about containers meanwhile and reports those that started and stopped. Cheap when nothing
  // has happened; to be called after each batch of records.
  void poll_containers(std::uint64_t boot_time);

  // The hash of a file, or why there is none: the event that asked goes on. Any answer is safe.
  void on_hash(const HashAnswer& answer);

  // A few times a second: goes on with events that have waited long enough.
  void on_time(std::uint64_t boot_time);

  // At the end: nothing that waits waits any longer.
  void finish();

  // About once a second, and at the end: reports events that were lost since the last time, forgets old processes,
  // follows changes of users and of groups.
  void tick(std::uint64_t boot_time, const Losses& losses);

  // Says in every output that rules are in force, once they are.
  void report_policy(std::size_t rules, KindSet kinds, bool observe_only, std::uint64_t boot_time);

  // Says in every output that what rules may do has changed.
  void report_enforcement(EnforcementChange change);

  const EngineCounters& counters() const { return counters_; }
  const RuleHits& hits() const { return hits_; }
  const RateCounters& rates() const { return matching_->rates.counters(); }
  const HashCounters& hashes() const { return hash_counters_; }
  std::size_t waiting_for_hashes() const { return hash_waits_.size(); }  // events
  const Sequences& sequences() const { return matching_->sequences; }
  const HoldingCounters& waited(Wait wait) const { return holding_.counters(wait); }

 private:
  // Which rule each conjunct of a generation is of, by number; nullptr between them.
  struct Decisions {
    std::uint32_t generation = 0;
    std::vector<const Rule*> rules;
  };

  void count(Kind kind) {
    ++counters_.events;
    ++counters_.by_kind[static_cast<std::size_t>(kind)];
  }
  const Rule* decided_by(const pk_header& header);
  void write_own(const pk_header& header);
  void report_counts();
  void match(Event& event);
  const Rule* match_other_names(Event& event, const Rule* first, bool decided);
  void find_rules(Event& event, std::vector<const Rule*>& rules);
  const Rule* first_to_report(std::span<const Rule* const> rules, const Event& event);
  void alert(const Rule& rule, const Event& event);
  bool waits_for_container(const Event& event, std::span<const std::byte> record);
  void admit(Event& event, std::span<const std::byte> record);
  bool release(std::uint64_t cgroup, bool at_any_rate);
  void report_container(const ContainerNotice& notice);
  void refuse(DecodeError error);
  void on_result(const pk_result& result, std::uint32_t thread);
  void on_held(std::span<const std::byte> record, std::optional<std::int64_t> result);
  void evaluate(Event& event);
  void complete(Event& event);
  Hashes lacking_hashes(Event& event);
  void recall_executable(const Process& process);
  bool waits_for_hash(Event& event);
  void ask(HashWait& wait);
  void go_on(HashWait& wait, bool may_wait = true);
  void end_hash_waits(std::uint64_t now);
  void count(const FileHash& hash, std::string_view path);
  void report_loss(Kind kind, const Loss& loss, std::uint64_t boot_time);

  std::unique_ptr<Matching> matching_;
  KindSet results_;                          // kinds whose events wait for the end of their call
  KindSet executable_hashes_, file_hashes_;  // kinds for which rules can need them
  ProcessTable& processes_;
  ContainerTable& containers_;
  Names& names_;
  Outputs& outputs_;
  HostNames host_names_;
  Scratch scratch_;
  OutputText output_;
  std::int64_t wall_clock_offset_ = 0;
  std::uint64_t evaluated_ = 0;  // events that rules looked at
  std::uint64_t now_ = 0;        // boot clock, the latest that anybody told
  Holding holding_;
  const HashingSettings hashing_;
  HashWaits hash_waits_;
  HashCache executables_{4096};  // by what records say of them
  HashCounters hash_counters_;
  OtherNames other_names_;
  std::vector<std::uint64_t> waiting_cgroups_;  // that events wait for; few, and not for long
  EngineCounters counters_;
  RuleHits hits_;
  Decisions decisions_[2];  // the older one first
};

}  // namespace picket
