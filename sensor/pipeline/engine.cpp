// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/engine.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace picket {
namespace {

const Process kSensor;  // what the sensor itself has to say belongs to no process

}  // namespace

Engine::Engine(const Policy& policy, ProcessTable& processes, ContainerTable& containers, Names& names,
               Outputs& outputs, HashingSettings hashing)
    : matching_(std::make_unique<Matching>(policy)),
      results_(policy.results),
      executable_hashes_(policy.executable_hashes),
      file_hashes_(policy.file_hashes),
      processes_(processes),
      containers_(containers),
      names_(names),
      outputs_(outputs),
      hashing_(std::move(hashing)),
      hits_(policy) {
  report_counts();
}

// Alerts that were suppressed are counted under the old rules, which therefore have to say so before they go.
std::unique_ptr<Matching> Engine::change_rules(const Policy& policy, std::unique_ptr<Matching> matching) {
  matching_->rates.finish();
  matching->rates.go_on(matching_->rates.counters());
  matching->sequences.go_on(matching_->sequences.evicted());
  results_ = policy.results;
  executable_hashes_ = policy.executable_hashes;
  file_hashes_ = policy.file_hashes;
  decisions_[0] = {};  // its rules go with their policy
  hits_.change(policy);
  auto former = std::exchange(matching_, std::move(matching));
  report_counts();
  return former;
}

void Engine::report_counts() {
  matching_->rates.report_to([this](Throttled throttled) {
    throttled.wall_clock_offset = wall_clock_offset_;
    outputs_.write(throttled, scratch_);
  });
}

void Engine::on_record(std::span<const std::byte> record) {
  auto decoded = decode(record);
  if (const auto* error = std::get_if<DecodeError>(&decoded)) return refuse(*error);

  Event& event = std::get<Event>(decoded);
  now_ = std::max<std::uint64_t>(now_, event.header->time);
  if (event.kind() == Kind::other_name) return other_names_.note(event);
  containers_.on_cgroup(event);
  if (!waits_for_container(event, record)) admit(event, record);
}

// Everything about a process in a container that is not known yet waits, in order: forks, execs and results, too, so
// that an event is not joined to what its process became meanwhile.
bool Engine::waits_for_container(const Event& event, std::span<const std::byte> record) {
  const std::uint64_t cgroup = event.header->cgroup;
  if (!containers_.pending(cgroup)) return false;
  if (!holding_.hold(Wait::Container, cgroup, record, UINT64_MAX)) return false;
  if (std::find(waiting_cgroups_.begin(), waiting_cgroups_.end(), cgroup) == waiting_cgroups_.end()) {
    waiting_cgroups_.push_back(cgroup);
  }
  return true;
}

void Engine::admit(Event& event, std::span<const std::byte> record) {
  if (event.kind() == Kind::result) return on_result(event.as<pk_result>(), event.header->tid);
  event.process = &processes_.apply(event);
  count(event.kind());
  const bool waits = (event.header->flags & PK_FLAG_result_follows) != 0 && results_.contains(event.kind());
  if (waits && holding_.hold(Wait::Result, event.header->tid, record, event.header->time + kResultNs)) return;
  evaluate(event);
}

// Only a bug or a foreign writer makes such a record. Say the first of each sort, count all.
void Engine::refuse(DecodeError error) {
  if (counters_.refused[static_cast<std::size_t>(error)]++ == 0) {
    spdlog::error("refused a malformed record: {}", describe(error));
  }
}

// What the thread reported before this call belongs to one whose result was lost.
void Engine::on_result(const pk_result& result, std::uint32_t thread) {
  for (;;) {
    const auto record = holding_.take(Wait::Result, thread);
    if (record.empty()) return;
    const bool of_this_call = reinterpret_cast<const pk_header*>(record.data())->time >= result.since;
    on_held(record, of_this_call ? std::optional(static_cast<std::int64_t>(result.result)) : std::nullopt);
  }
}

// It was decoded before, and the process table knows it already: to apply it once more only finds the process.
void Engine::on_held(std::span<const std::byte> record, std::optional<std::int64_t> result) {
  Event event;
  event.header = reinterpret_cast<const pk_header*>(record.data());
  event.process = &processes_.apply(event);
  event.result = result;
  evaluate(event);
}

void Engine::on_time(std::uint64_t boot_time) {
  if (boot_time != UINT64_MAX) now_ = std::max(now_, boot_time);
  for (;;) {
    const auto record = holding_.take_overdue(Wait::Result, boot_time);
    if (record.empty()) break;
    on_held(record, std::nullopt);
  }
  end_hash_waits(boot_time);
}

void Engine::evaluate(Event& event) {
  if (event.kind() == Kind::dns) host_names_.learn(event);
  complete(event);
  if (!waits_for_hash(event)) match(event);
}

void Engine::complete(Event& event) {
  event.names = &names_;
  event.wall_clock_offset = wall_clock_offset_;
  event.container = containers_.find(event.header->cgroup);
  if (host_names_.size() == 0) return;
  event.host_name = host_names_.find(event);
  event.local_name = host_names_.find_local(event);
}

void Engine::match(Event& event) {
  event.number = ++evaluated_;
  scratch_.clear();
  // What a rule refused in the kernel is that rule's alert.
  const Rule* const decided = decided_by(*event.header);
  const Rule* first =
      find_reporting(matching_->matcher, matching_->rates, matching_->sequences, event, scratch_, decided);
  if ((event.header->flags & PK_FLAG_other_name) != 0) first = match_other_names(event, first, decided != nullptr);
  if (first != nullptr) alert(*first, event);
  matching_->sequences.conclude(event, scratch_, [&](const Rule& rule) { alert(rule, event); });
}

void Engine::add_decisions(std::uint32_t generation, const Policy& policy,
                           const std::vector<PlannedConjunct>& conjuncts) {
  decisions_[0] = std::move(decisions_[1]);
  Decisions& added = decisions_[1];
  added = {generation, {}};
  for (const PlannedConjunct& conjunct : conjuncts) {
    if (added.rules.size() <= conjunct.number) added.rules.resize(conjunct.number + 1);
    added.rules[conjunct.number] = &policy.rules[conjunct.rule];
  }
}

const Rule* Engine::decided_by(const pk_header& header) {
  if (header.conjunct == 0) return nullptr;
  for (const Decisions& each : decisions_) {
    if (each.generation == header.policy && header.conjunct <= each.rules.size())
      return each.rules[header.conjunct - 1u];
  }
  return nullptr;
}

void Engine::alert(const Rule& rule, const Event& event) {
  hits_.hit(rule);
  const auto [shown, throttled] = matching_->rates.throttle(rule, event, scratch_);
  if (!shown) return;
  output_.make(rule.output, event, scratch_);
  ++counters_.alerts;
  Alert alert{&event,      rule.name,      rule.description, rule.priority, rule.tags,
              rule.output, output_.text(), rule.severity,    rule.attacks,  throttled};
  alert.rule_revision = rule.revision.number();
  alert.id = outputs_.next_alert_id();
  alert.values = output_.values();
  outputs_.write(alert, scratch_);
}

void Engine::poll_containers(std::uint64_t boot_time) {
  const bool changed = containers_.poll(boot_time);
  while (const auto notice = containers_.next_notice()) report_container(*notice);
  if (changed) std::erase_if(waiting_cgroups_, [this](std::uint64_t cgroup) { return release(cgroup, false); });
}

// What waited for this cgroup goes on; false when it still has to wait.
bool Engine::release(std::uint64_t cgroup, bool at_any_rate) {
  if (!at_any_rate && containers_.pending(cgroup)) return false;
  for (;;) {
    const auto record = holding_.take(Wait::Container, cgroup);
    if (record.empty()) return true;
    Event event;
    event.header = reinterpret_cast<const pk_header*>(record.data());  // decoded before
    admit(event, record);
  }
}

void Engine::finish() {
  std::erase_if(waiting_cgroups_, [this](std::uint64_t cgroup) { return release(cgroup, true); });
  on_time(UINT64_MAX);
  matching_->rates.finish();
}

void Engine::report_container(const ContainerNotice& notice) {
  const Container* container = containers_.find(notice.cgroup);
  if (container == nullptr) return;
  if (notice.problem) {
    spdlog::warn("container {} ({}): its state is {}, so that only its id is known", container->id,
                 runtime_name(container->runtime), state_problem_name(*notice.problem));
  }
  pk_container record{};
  record.header.kind = PK_container;
  record.header.size = sizeof record;
  record.header.time = notice.time;
  record.header.cgroup = notice.cgroup;
  record.header.syscall = -1;
  record.cgroup = notice.cgroup;
  record.action = static_cast<pk_u32>(notice.action);
  count(Kind::container);
  Event event{&record.header, &kSensor, &names_, wall_clock_offset_, container};
  match(event);
}

void Engine::tick(std::uint64_t boot_time, const Losses& losses) {
  for (std::size_t kind = 0; kind < kKindEnd; ++kind) {
    if (losses[kind].count == 0) continue;
    counters_.lost[kind] += losses[kind].count;
    report_loss(static_cast<Kind>(kind), losses[kind], boot_time);
  }
  matching_->rates.expire(boot_time);
  processes_.tick(boot_time);
  names_.refresh();
}

void Engine::report_loss(Kind kind, const Loss& lost, std::uint64_t boot_time) {
  pk_loss loss{};
  loss.header.kind = PK_loss;
  loss.header.size = sizeof loss;
  loss.header.time = boot_time;
  loss.header.syscall = -1;
  loss.lost_kind = static_cast<pk_u32>(kind);
  loss.count = lost.count;
  loss.since = lost.since;
  loss.until = lost.until;
  spdlog::warn("lost {} {} events: the ring buffer was full, or the kernel skipped a program that was under way",
               lost.count, kind_name(kind));

  write_own(loss.header);
}

void Engine::report_policy(std::size_t rules, KindSet kinds, bool observe_only, std::uint64_t boot_time) {
  pk_policy policy{};
  policy.header.kind = PK_policy;
  policy.header.size = sizeof policy;
  policy.header.time = boot_time;
  policy.header.syscall = -1;
  policy.rules = static_cast<pk_u32>(rules);
  policy.kinds = static_cast<pk_u32>(kinds.size());
  policy.observe_only = observe_only ? 1 : 0;
  write_own(policy.header);
}

void Engine::report_enforcement(EnforcementChange change) {
  change.wall_clock_offset = wall_clock_offset_;
  scratch_.clear();
  outputs_.write(change, scratch_);
}

// What the sensor says about itself belongs to no process and is not looked at by rules.
void Engine::write_own(const pk_header& header) {
  scratch_.clear();
  outputs_.write(Event{&header, &kSensor, &names_, wall_clock_offset_}, scratch_);
}

}  // namespace picket
