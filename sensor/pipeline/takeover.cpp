// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/takeover.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string>

#include "bpf/shared/wire.h"
#include "rules/event/time.h"
#include "sensor/kernel/former.h"

namespace picket {
namespace {

pk_header header_of(std::span<const std::byte> record) {
  pk_header header;
  std::memcpy(&header, record.data(), sizeof header);
  return header;
}

bool is_refusal(const pk_header& header) { return header.decision == PK_DENIED || header.decision == PK_KILLED; }

// What is seen from the first programs on (Stage::Lifecycle).
bool is_of_processes(std::uint16_t kind) {
  return kind == PK_fork || kind == PK_exec || kind == PK_exit || kind == PK_cgroup_mkdir || kind == PK_cgroup_rmdir;
}

const ActingConjunct* find(const std::vector<ActingConjunct>& acting, std::string_view rule) {
  const auto found = std::find_if(acting.begin(), acting.end(),
                                  [rule](const ActingConjunct& each) { return noted_name(each.rule) == rule; });
  return rule.empty() || found == acting.end() ? nullptr : &*found;
}

void say(const Error& error) {
  spdlog::error("{}", error.message);
  if (!error.hint.empty()) spdlog::info("hint: {}", error.hint);
}

}  // namespace

bool Takeover::is_news(std::span<const std::byte> record, bool refused) const {
  const pk_header header = header_of(record);
  return refused || header.time < (is_of_processes(header.kind) ? processes_from_ : all_from_);
}

std::span<const std::byte> Takeover::translate(std::span<const std::byte> record, const ActingConjunct* rule,
                                               std::uint32_t generation, std::vector<std::byte>& buffer) {
  buffer.assign(record.begin(), record.end());
  pk_header header = header_of(record);
  header.policy = generation;
  header.conjunct = static_cast<std::uint16_t>(rule == nullptr ? 0 : rule->number + 1);
  std::memcpy(buffer.data(), &header, sizeof header);
  return buffer;
}

void Takeover::finish(const Now& now, const Feed& feed, const Report& report) const {
  auto found = FormerSensor::find_all();
  if (!found) return say(found.error());
  std::vector<std::byte> buffer;
  for (FormerSensor& former : *found) {
    former.release();
    Meanwhile meanwhile{.since = former.alive(), .until = boot_clock(), .counted = former.known()};
    const auto drained = former.drain([&](std::span<const std::byte> record, std::string_view rule) {
      const bool refused = !rule.empty() && is_refusal(header_of(record));
      if (refused) ++meanwhile.recorded;
      if (is_news(record, refused)) feed(translate(record, find(now.acting, rule), now.generation, buffer));
    });
    if (!drained) say(drained.error());
    const auto unreported = former.unreported();
    std::vector<RefusedMeanwhile> rules;
    for (const auto& [rule, count] : unreported) {
      rules.push_back({rule, count.denied, count.killed});
      meanwhile.refused += count.denied + count.killed;
    }
    meanwhile.rules = rules;
    // A sensor that was killed amid a batch had written alerts of records that were still in the ring.
    meanwhile.recorded = std::min(meanwhile.recorded, meanwhile.refused);
    if (former.holds()) {
      report({.from = former.off() ? "off" : "enforce",
              .to = now.state,
              .cause = "takeover",
              .time = meanwhile.until,
              .meanwhile = &meanwhile});
    }
    if (auto removed = former.remove(); !removed) say(removed.error());
  }
}

}  // namespace picket
