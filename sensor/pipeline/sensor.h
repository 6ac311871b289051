// SPDX-License-Identifier: Apache-2.0
//
// The running sensor: start-up as a list of named steps, the loop, and an end that loses nothing.
#pragma once

#include <csignal>
#include <variant>

#include "rules/event/result.h"
#include "rules/language/rule.h"
#include "sensor/kernel/kernel.h"
#include "sensor/pipeline/config.h"
#include "sensor/recording/writer.h"

namespace picket {

// Runs until `stop` becomes non-zero (a signal handler sets it), then drains the ring, reports losses, flushes every
// sink and returns. Says "ready" on the log and to systemd once every rule is in force. The policy must outlive the
// call.
//
// Errors: KernelError when the kernel side cannot run (cause tells why), Error for anything else that ends the sensor.
// A sink that cannot write and records that are lost do not end it: they are counted and said.
std::variant<std::monostate, KernelError, Error> run_sensor(const Config& config, const Policy& policy,
                                                            const volatile std::sig_atomic_t& stop);

// What is to be recorded.
struct Watch {
  KindSet kinds;
  KindSet results;  // those of them whose calls are followed to their end
};

// The same, but that nothing is compared with rules and all goes into a new file. Ends, too, when the file cannot be
// written any more: that is an Error, with what was not written. The counts are said on the log.
std::variant<std::monostate, KernelError, Error> record_events(const Config& config, const Watch& watch,
                                                               const std::string& path, const std::string& version,
                                                               const volatile std::sig_atomic_t& stop);

}  // namespace picket
