// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/engine.h"

#include <spdlog/spdlog.h>

#include "sensor/decode/decode.h"

namespace picket {
namespace {

std::int64_t wall_clock_offset() { return read_clock(CLOCK_REALTIME) - read_clock(CLOCK_BOOTTIME); }

}  // namespace

Engine::Engine(const Policy& policy, ProcessTable& processes, Names& names, Outputs& outputs)
    : matcher_(policy),
      processes_(processes),
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
  event.names = &names_;
  event.wall_clock_offset = wall_clock_offset_;
  if (event.kind() == Kind::dns) host_names_.learn(event);
  event.host_name = host_names_.find(event);
  ++counters_.events;

  scratch_.clear();
  const Rule* rule = matcher_.first_match(event, scratch_);
  if (rule == nullptr) return;

  message_.clear();
  append_output(message_, rule->output, event, scratch_);
  ++counters_.alerts;
  outputs_.write(Alert{&event, rule->name, rule->description, rule->priority, rule->tags, rule->output, message_},
                 scratch_);
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
  spdlog::warn("lost {} {} events: the ring buffer was full", count, kind_name(kind));

  static const Process kSensor;  // a loss belongs to no process
  scratch_.clear();
  outputs_.write(Event{&loss.header, &kSensor, &names_, wall_clock_offset_, {}}, scratch_);
}

}  // namespace picket
