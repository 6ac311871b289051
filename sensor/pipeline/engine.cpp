// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/engine.h"

#include <spdlog/spdlog.h>

#include "sensor/decode/decode.h"

namespace picket {
namespace {

std::int64_t wall_clock_offset() { return read_clock(CLOCK_REALTIME) - read_clock(CLOCK_BOOTTIME); }

const Process kSensor;  // what the sensor itself has to say belongs to no process

}  // namespace

Engine::Engine(const Policy& policy, ProcessTable& processes, ContainerTable& containers, Names& names,
               Outputs& outputs)
    : matcher_(policy),
      processes_(processes),
      containers_(containers),
      names_(names),
      outputs_(outputs),
      wall_clock_offset_(wall_clock_offset()),
      last_tick_(boot_clock()) {}

void Engine::on_record(std::span<const std::byte> record) {
  auto decoded = decode(record);
  if (const auto* error = std::get_if<DecodeError>(&decoded)) {
    // Only a bug or a foreign writer makes such a record. Say the first, count all.
    if (counters_.malformed++ == 0) spdlog::error("refused a malformed record: {}", describe(*error));
    return;
  }

  Event& event = std::get<Event>(decoded);
  event.process = &processes_.apply(event);
  containers_.on_cgroup(event);
  event.container = containers_.find(event.header->cgroup);
  event.names = &names_;
  event.wall_clock_offset = wall_clock_offset_;
  ++counters_.events;
  match(event);
}

void Engine::match(const Event& event) {
  scratch_.clear();
  const Rule* rule = matcher_.first_match(event, scratch_);
  if (rule == nullptr) return;

  message_.clear();
  append_output(message_, rule->output, event, scratch_);
  ++counters_.alerts;
  outputs_.write(Alert{&event, rule->name, rule->description, rule->priority, rule->tags, rule->output, message_},
                 scratch_);
}

void Engine::poll_containers(std::uint64_t boot_time) {
  containers_.poll(boot_time);
  while (const auto notice = containers_.next_notice()) report_container(*notice);
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
  ++counters_.events;
  match(Event{&record.header, &kSensor, &names_, wall_clock_offset_, container});
}

void Engine::tick(std::uint64_t boot_time, const std::array<std::uint64_t, kKindEnd>& lost) {
  for (std::size_t kind = 0; kind < kKindEnd; ++kind) {
    const std::uint64_t more = lost[kind] - counters_.lost[kind];
    if (more != 0) report_loss(static_cast<Kind>(kind), more, boot_time);
  }
  counters_.lost = lost;
  processes_.tick(boot_time);
  wall_clock_offset_ = wall_clock_offset();
  last_tick_ = boot_time;
}

void Engine::report_loss(Kind kind, std::uint64_t count, std::uint64_t boot_time) {
  pk_loss loss{};
  loss.header.kind = PK_loss;
  loss.header.size = sizeof loss;
  loss.header.time = boot_time;
  loss.header.syscall = -1;
  loss.lost_kind = static_cast<pk_u32>(kind);
  loss.count = count;
  loss.since = last_tick_;
  loss.until = boot_time;
  spdlog::warn("lost {} {} events: the ring buffer was full, or the kernel skipped a program that was under way", count,
               kind_name(kind));

  write_own(loss.header);
}

void Engine::report_policy(std::size_t rules, KindSet kinds, bool observe_only) {
  pk_policy policy{};
  policy.header.kind = PK_policy;
  policy.header.size = sizeof policy;
  policy.header.time = boot_clock();
  policy.header.syscall = -1;
  policy.rules = static_cast<pk_u32>(rules);
  policy.kinds = static_cast<pk_u32>(kinds.size());
  policy.observe_only = observe_only ? 1 : 0;
  write_own(policy.header);
}

// What the sensor says about itself belongs to no process and is not looked at by rules.
void Engine::write_own(const pk_header& header) {
  scratch_.clear();
  outputs_.write(Event{&header, &kSensor, &names_, wall_clock_offset_}, scratch_);
}

}  // namespace picket
