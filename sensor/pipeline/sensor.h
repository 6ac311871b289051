// SPDX-License-Identifier: Apache-2.0
//
// The running sensor: start-up as a list of named steps, the loop, and an end that loses nothing.
#pragma once

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "rules/event/result.h"
#include "rules/language/rule.h"
#include "rules/plan/plan.h"
#include "sensor/kernel/kernel.h"
#include "sensor/pipeline/config.h"
#include "sensor/pipeline/watch.h"
#include "sensor/recording/writer.h"
#include "sensor/trust/trust.h"

namespace picket {

// What signal handlers tell; each is set and never waited for.
struct Signals {
  volatile std::sig_atomic_t stop = 0;
  volatile std::sig_atomic_t reload = 0;
};

// The rules to begin with, and where later ones come from.
struct RuleSource {
  Policy policy;
  Plan plan = {};                                // of the policy
  std::unique_ptr<RuleWatch> watch = nullptr;    // since before the files were read; nullptr: they are not watched
  trust::Trust* trust = nullptr;                 // what decides about them; nullptr: they need no signature
  std::optional<trust::Approval> approval = {};  // of the policy, with trust
};

// Runs until `stop` becomes non-zero, then drains the ring, reports losses, flushes every sink and returns. Says
// "ready" on the log and to systemd once every rule is in force. The rules are read again when `reload` becomes
// non-zero, when their files change and when `picket reload` asks for it (reload.h).
//
// Errors: KernelError when the kernel side cannot run (cause tells why), Error for anything else that ends the sensor.
// A sink that cannot write and records that are lost do not end it: they are counted and said.
std::variant<std::monostate, KernelError, Error> run_sensor(const Config& config, RuleSource rules, Signals& signals);

// What is to be recorded.
struct Watch {
  KindSet kinds;
  KindSet results;  // those of them whose calls are followed to their end
};

// The same, but that all goes into a new file, and alerts nowhere. `policy` is for its hashes: what its rules come to
// need is read and recorded; it may be empty. Ends, too, when the file cannot be
// written any more: that is an Error, with what was not written. The counts are said on the log.
std::variant<std::monostate, KernelError, Error> record_events(const Config& config, Policy policy, const Watch& watch,
                                                               const std::string& path, const std::string& version,
                                                               Signals& signals);

}  // namespace picket
