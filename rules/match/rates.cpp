// SPDX-License-Identifier: Apache-2.0
#include "rules/match/rates.h"

#include <algorithm>
#include <utility>

#include "rules/match/keys.h"

namespace picket {
namespace {

bool was_refused(const Event& event) { return event.header->error != 0 && event.kind() != Kind::open_failed; }

}  // namespace

Rates::Counting::Counting(const Threshold& threshold)
    : keys(std::min(kThresholdTimes / threshold.count, kThresholdKeys)),
      times(std::make_unique_for_overwrite<std::uint64_t[]>(
          std::min(kThresholdTimes, kThresholdKeys * threshold.count))) {}

Rates::Rates(const Policy& policy, Report report, std::size_t throttle_keys) : report_(std::move(report)) {
  for (const Rule& rule : policy.rules) {
    if (rule.throttle.every != 0 && !windows_) windows_.emplace(throttle_keys);
    if (rule.threshold.count != 0) thresholds_.try_emplace(&rule, rule.threshold);
  }
}

Key128 Rates::key_of(const Rule& rule, std::span<const OutputPiece> pieces, const Event& event, Scratch& scratch) {
  const auto* address = &rule;
  bytes_.clear();
  append_bytes(bytes_, address);
  append_bytes(bytes_, event.origin);
  append_distinct(bytes_, pieces, event, scratch);
  return siphash(bytes_, secret_);
}

// ---- thresholds ----

bool Rates::reached(const Rule& rule, const Event& event, Scratch& scratch) {
  const Threshold& threshold = rule.threshold;
  if (threshold.count == 0) return true;
  Counting& counting = thresholds_.at(&rule);
  const Key128 key = key_of(rule, threshold.by, event, scratch);
  auto slot = counting.keys.find(key);
  if (slot == counting.keys.kNone) {
    slot = counting.keys.add(key, [&](auto oldest) {
      const Times& times = counting.keys[oldest];
      const std::uint64_t last =
          counting.times[oldest * threshold.count + (times.next + threshold.count - 1) % threshold.count];
      counters_.thresholds_evicted += event.time() <= last + threshold.within ? 1 : 0;
    });
  } else {
    counting.keys.renew(slot);
  }

  // A ring: `next` is where the oldest time stands, once there are as many as the threshold wants.
  Times& times = counting.keys[slot];
  std::uint64_t* const ring = &counting.times[slot * threshold.count];
  ring[times.next] = event.time();
  times.next = (times.next + 1) % static_cast<std::uint32_t>(threshold.count);
  times.count = std::min(times.count + 1, static_cast<std::uint32_t>(threshold.count));
  if (times.count < threshold.count) return false;
  const std::uint64_t oldest = ring[times.next];
  if (event.time() > oldest && event.time() - oldest > threshold.within) return false;
  counting.keys.erase(slot);
  return true;
}

// ---- throttles ----

Rates::Verdict Rates::throttle(const Rule& rule, const Event& event, Scratch& scratch) {
  if (rule.throttle.every == 0) return {};
  const Key128 key = key_of(rule, rule.throttle.per, event, scratch);
  const std::uint64_t now = event.time();
  auto slot = windows_->find(key);
  const bool added = slot == windows_->kNone;
  if (added) {
    slot = windows_->add(key, [this, now](auto evicted) {
      counters_.throttles_evicted += (*windows_)[evicted].over(now) ? 0 : 1;
      report((*windows_)[evicted]);
    });
  }
  Window& window = (*windows_)[slot];
  if (added) {
    window.rule = &rule;
    describe(window, event, scratch);
  }
  if (added || window.over(now)) {
    if (!added) windows_->renew(slot);
    window.begin = now;
    window.shown = 0;
  }
  if (window.shown >= rule.throttle.max && !was_refused(event)) {
    ++window.throttled;
    ++counters_.throttled;
    window.last = std::max(window.last, now);
    return {false, 0};
  }
  ++window.shown;
  return {true, std::exchange(window.throttled, 0)};
}

// "proc.name=cat user.name=root", cut where the room ends.
void Rates::describe(Window& window, const Event& event, Scratch& scratch) {
  bytes_.clear();
  for (const OutputPiece& piece : window.rule->throttle.per) {
    if (!bytes_.empty()) bytes_ += ' ';
    bytes_ += piece.text;
    bytes_ += '=';
    append_text(bytes_, piece.value(event, scratch));
  }
  window.text_size = static_cast<unsigned char>(bytes_.copy(window.text, sizeof window.text));
}

void Rates::report(const Window& window) {
  if (window.throttled == 0 || !report_) return;
  report_({window.rule->name, {window.text, window.text_size}, window.throttled, window.begin, window.last});
}

void Rates::expire(std::uint64_t time) {
  if (!windows_ || time < kLateNs) return;
  for (auto slot = windows_->oldest(); slot != windows_->kNone;) {
    const auto next = windows_->younger(slot);
    const Window& window = (*windows_)[slot];
    if (window.over(time - kLateNs)) {
      report(window);
      windows_->erase(slot);
    }
    slot = next;
  }
}

void Rates::finish() {
  if (!windows_) return;
  while (windows_->size() > 0) {
    report((*windows_)[windows_->oldest()]);
    windows_->erase(windows_->oldest());
  }
}

}  // namespace picket
