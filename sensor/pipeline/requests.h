// SPDX-License-Identifier: Apache-2.0
//
// What the control socket is asked beside `reload`:
//
//   status            as text for people
//   status json
//   enforce status    whether rules may refuse now, in one line
//   enforce on
//   enforce off [SECONDS]
//   [ORDER]           from the second line on: an order (sensor/trust/order.h), needed where keys are trusted
//
// Only root may change anything. To have it on again needs no order: that is what the signed rules say.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "sensor/pipeline/config.h"
#include "sensor/pipeline/control.h"
#include "sensor/pipeline/enforcement_switch.h"
#include "sensor/pipeline/status.h"
#include "sensor/trust/order.h"
#include "sensor/trust/trust.h"

namespace picket {

// Used from one thread. What it is made of must outlive it.
class Requests {
 public:
  // `trust`: nullptr when no order is needed.
  Requests(const Config& config, const trust::Trust* trust, EnforcementSwitch& enforcement,
           std::function<Status()> status)
      : config_(config), trust_(trust), enforcement_(enforcement), status_(std::move(status)) {}

  Answer answer(const Request& request, const Clocks& now);

 private:
  Answer enforce(const Request& request, std::string_view words, std::string_view order, const Clocks& now);
  Answer off(Asker asker, std::string_view words, std::string_view order, const Clocks& now);

  const Config& config_;
  const trust::Trust* const trust_;
  EnforcementSwitch& enforcement_;
  const std::function<Status()> status_;
  std::unique_ptr<trust::Orders> orders_;  // once one was given
};

// The id of this machine, 32 hexadecimal digits; empty when it has none.
std::string machine_id(const std::string& host_root);

}  // namespace picket
