// SPDX-License-Identifier: Apache-2.0
#include "exporters/sink/ledger.h"

#include <spdlog/spdlog.h>

#include <cstdlib>

#include "rules/event/time.h"

namespace picket {
namespace {

constexpr std::string_view kNames[] = {
#define DROP_CAUSE(name, text) #name,
#include "exporters/sink/drop_causes.def"
#undef DROP_CAUSE
};

constexpr std::string_view kTexts[] = {
#define DROP_CAUSE(name, text) text,
#include "exporters/sink/drop_causes.def"
#undef DROP_CAUSE
};

void move(std::uint64_t& from, std::uint64_t& to, std::uint64_t count) {
  if (from < count) std::abort();
  from -= count;
  to += count;
}

}  // namespace

std::string_view drop_cause_name(DropCause cause) { return kNames[static_cast<std::size_t>(cause)]; }
std::string_view drop_cause_text(DropCause cause) { return kTexts[static_cast<std::size_t>(cause)]; }

void Ledger::produced(std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  counts_.produced += count;
  counts_.queued += count;
}

void Ledger::recovered(std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  counts_.produced += count;
  counts_.spooled += count;
}

void Ledger::spooled(std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  move(counts_.queued, counts_.spooled, count);
}

void Ledger::unspooled(std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  move(counts_.spooled, counts_.queued, count);
}

void Ledger::delivered(std::uint64_t count, Place from) {
  const std::lock_guard lock(mutex_);
  move(place(from), counts_.delivered, count);
}

void Ledger::delivered(std::span<const Message> messages) {
  const std::uint64_t now = boot_clock();
  const std::lock_guard lock(mutex_);
  move(counts_.queued, counts_.delivered, messages.size());
  for (const Message& message : messages) {
    if (message.time != 0 && message.time <= now) counts_.latencies.add(now - message.time);
  }
}

void Ledger::delivered_since(std::uint64_t hook_time, Place from) {
  const std::uint64_t now = boot_clock();
  const std::lock_guard lock(mutex_);
  move(place(from), counts_.delivered, 1);
  if (hook_time != 0 && hook_time <= now) counts_.latencies.add(now - hook_time);
}

void Ledger::shortened() {
  const std::lock_guard lock(mutex_);
  if (++counts_.shortened > counts_.delivered) std::abort();
}

void Ledger::dropped(DropCause cause, std::uint64_t count, Place from) {
  const std::lock_guard lock(mutex_);
  move(place(from), counts_.dropped[static_cast<std::size_t>(cause)], count);
}

void Ledger::set_error(std::string_view error) {
  const std::lock_guard lock(mutex_);
  if (counts_.error == error) return;
  const bool began = counts_.error.empty();
  counts_.error = error;
  if (error.empty())
    return spdlog::info("{}: delivers again, {} lines were dropped so far", name_, counts_.all_dropped());
  counts_.last_error = error;
  if (began) spdlog::error("{}: {}", name_, error);
}

void Ledger::set_client(const ClientStatistics& statistics) {
  const std::lock_guard lock(mutex_);
  counts_.client = statistics;
}

LedgerCounts Ledger::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace picket
