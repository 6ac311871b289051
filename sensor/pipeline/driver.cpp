// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/driver.h"

#include <utility>

#include "sensor/decode/decode.h"

namespace picket {
namespace {

// Records of running processes; anything else tells nothing of one.
const Event* exec_of(const std::variant<Event, DecodeError>& decoded) {
  const auto* event = std::get_if<Event>(&decoded);
  return event != nullptr && event->kind() == Kind::exec ? event : nullptr;
}

}  // namespace

void Driver::snapshot(std::span<const std::byte> record) {
  const auto decoded = decode(record);
  if (const Event* event = exec_of(decoded)) processes_.apply_snapshot(*event);
}

// Records about a container that is not known yet wait and will come.
void Driver::confirm(std::span<const std::byte> record) {
  const auto decoded = decode(record);
  const Event* event = exec_of(decoded);
  confirmed_ = event == nullptr || processes_.confirm(*event) || containers_.pending(event->header->cgroup);
}

void Driver::time(std::uint64_t time) {
  engine_.poll_containers(time);
  engine_.on_time(time);
}

void Driver::loss(Kind kind, std::uint64_t count, std::uint64_t since, std::uint64_t until) {
  losses_[static_cast<std::size_t>(kind)] = {count, since, until};
}

void Driver::tick(std::uint64_t time, std::int64_t wall_clock_offset) {
  engine_.tick(time, std::exchange(losses_, {}));
  engine_.set_wall_clock(wall_clock_offset);
}

}  // namespace picket
