// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/enforcement_switch.h"

#include <ctime>

#include "rules/event/time.h"

namespace picket {
namespace {

constexpr std::string_view kOff = "off", kLapsed = "lapsed";

EnforcementChange by(const Asker& asker, std::string_view from, std::string_view to, std::uint64_t time) {
  return {.from = from,
          .to = to,
          .cause = "command",
          .time = time,
          .uid = asker.uid,
          .pid = asker.pid,
          .process = asker.process,
          .key = asker.key};
}

}  // namespace

Clocks Clocks::now() { return {boot_clock(), static_cast<std::uint64_t>(read_clock(CLOCK_MONOTONIC))}; }

std::string_view EnforcementSwitch::state() const {
  if (off_) return kOff;
  return rules_.enforce != 0 ? "enforce" : rules_.audit != 0 ? "audit" : "observe";
}

void EnforcementSwitch::renew(const Clocks& now) {
  if (dead_man_ == 0) return;
  deadline_ = now.monotonic + dead_man_;
  kernel_.put_off(deadline_);
}

void EnforcementSwitch::start(const ActingRules& rules, const Clocks& now) {
  rules_ = rules;
  started_ = true;
  renew(now);
  kernel_.allow(true);
}

void EnforcementSwitch::change_rules(const ActingRules& rules, const Clocks& now) {
  const std::string_view from = state();
  rules_ = rules;
  if (state() != from) report_({.from = from, .to = state(), .cause = "reload", .time = now.boot});
}

void EnforcementSwitch::off(const Asker& asker, std::uint64_t nanoseconds, const Clocks& now) {
  kernel_.allow(false);
  EnforcementChange change = by(asker, state(), kOff, now.boot);
  off_ = true;
  off_until_ = nanoseconds == 0 ? 0 : now.boot + nanoseconds;
  change.until = off_until_;
  report_(change);
}

void EnforcementSwitch::on(const Asker& asker, const Clocks& now) {
  if (!off_) return;
  off_ = false;
  off_until_ = 0;
  kernel_.allow(true);
  report_(by(asker, kOff, state(), now.boot));
}

void EnforcementSwitch::look(const Clocks& now) {
  if (!started_) return;
  const bool lapsed = dead_man_ != 0 && now.monotonic >= deadline_;
  const std::uint64_t since = lapsed ? now.boot - (now.monotonic - deadline_) : 0;
  renew(now);
  if (lapsed && !off_ && rules_.enforce != 0) {
    ++lapses_;
    report_({.from = state(), .to = kLapsed, .cause = "dead_man", .time = since});
    report_({.from = kLapsed, .to = state(), .cause = "dead_man", .time = now.boot});
  }
  if (off_ && off_until_ != 0 && now.boot >= off_until_) {
    off_ = false;
    off_until_ = 0;
    kernel_.allow(true);
    report_({.from = kOff, .to = state(), .cause = "timeout", .time = now.boot});
  }
}

}  // namespace picket
