// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/engine.h"

#include <spdlog/spdlog.h>

namespace picket {
namespace {

std::int64_t wall_clock_offset() { return read_clock(CLOCK_REALTIME) - read_clock(CLOCK_BOOTTIME); }

}  // namespace

Engine::Engine(const Policy& policy, ProcessTable& processes, Names& names, Outputs& outputs)
    : matcher_(policy),
      processes_(processes),
      names_(names),
      outputs_(outputs),
      wall_clock_offset_(wall_clock_offset()) {}

void Engine::on_record(std::span<const std::byte> record) {
  auto decoded = decode(record);
  if (const auto* error = std::get_if<DecodeError>(&decoded)) return refuse(*error);

  Event& event = std::get<Event>(decoded);
  if (event.kind() == Kind::result) return on_result(event.as<pk_result>(), event.header->tid);

  event.process = &processes_.apply(event);
  ++counters_.events;
  const bool waits = (event.header->flags & PK_FLAG_result_follows) != 0;
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
  for (;;) {
    const auto record = holding_.take_overdue(Wait::Result, boot_time);
    if (record.empty()) return;
    on_held(record, std::nullopt);
  }
}

void Engine::evaluate(Event& event) {
  event.names = &names_;
  event.wall_clock_offset = wall_clock_offset_;

  scratch_.clear();
  const Rule* rule = matcher_.first_match(event, scratch_);
  if (rule == nullptr) return;

  message_.clear();
  append_output(message_, rule->output, event, scratch_);
  ++counters_.alerts;
  outputs_.write(Alert{&event, rule->name, rule->description, rule->priority, rule->tags, rule->output, message_},
                 scratch_);
}

void Engine::tick(std::uint64_t boot_time, const Losses& losses) {
  for (std::size_t kind = 0; kind < kKindEnd; ++kind) {
    if (losses[kind].count == 0) continue;
    counters_.lost[kind] += losses[kind].count;
    report_loss(static_cast<Kind>(kind), losses[kind], boot_time);
  }
  processes_.tick(boot_time);
  wall_clock_offset_ = wall_clock_offset();
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
  spdlog::warn("lost {} {} events: the ring buffer was full", lost.count, kind_name(kind));

  static const Process kSensor;  // a loss belongs to no process
  scratch_.clear();
  outputs_.write(Event{&loss.header, &kSensor, &names_, wall_clock_offset_, {}}, scratch_);
}

}  // namespace picket
