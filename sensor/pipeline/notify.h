// SPDX-License-Identifier: Apache-2.0
//
// Telling systemd how the service is doing (sd_notify(3), Type=notify).
#pragma once

#include <cstdint>
#include <string_view>

namespace picket {

// Sends "READY=1", "STOPPING=1" or "STATUS=..." to the socket that NOTIFY_SOCKET names. Does nothing without one: the
// protocol is optional by definition. The datagram protocol is documented as stable in sd_notify(3), so that a service
// need not load libsystemd for it.
void notify_service_manager(std::string_view state);

// Tells systemd that the sensor still works, where the service asks for it (WatchdogSec=): whoever stays silent for
// that long is killed and started anew. Used from one thread.
class Watchdog {
 public:
  // As the environment says (WATCHDOG_USEC, WATCHDOG_PID, sd_watchdog_enabled(3)); does nothing when it says nothing,
  // or means another process.
  Watchdog();

  // The loop has turned. Tells so when half of the time is over since it was told last. `now`: nanoseconds of any
  // clock.
  void turned(std::uint64_t now) {
    if (interval_ != 0 && now - told_ >= interval_) tell(now);
  }

 private:
  void tell(std::uint64_t now);

  std::uint64_t interval_ = 0;  // nanoseconds; 0: nobody asks
  std::uint64_t told_ = 0;
};

}  // namespace picket
