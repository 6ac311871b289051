// SPDX-License-Identifier: Apache-2.0
//
// Whether rules may refuse and kill at this moment: what the rules themselves say, the switch (`picket enforce off`),
// and the dead-man timer. Tells of every change.
//
// The timer: the kernel programs refuse nothing once a deadline has passed (enforcing_until in bpf/lib/image.bpf.h),
// and the sensor's main loop puts it off all the time. A sensor that hangs, is stopped or starves therefore lets go of
// the host by itself; when it goes on, it says for how long it had. The deadline is on the monotonic clock, which
// stands still while the machine sleeps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "rules/event/alert.h"

namespace picket {

// How many rules refuse or kill, and how many only say what they would do.
struct ActingRules {
  std::size_t enforce = 0;
  std::size_t audit = 0;
};

// Who asked for a change.
struct Asker {
  std::uint32_t uid = 0;
  std::uint32_t pid = 0;
  std::string process = {};  // its executable
  std::string key = {};      // the id of the key that signed the order; empty: none was needed
};

// Nanoseconds.
struct Clocks {
  std::uint64_t boot = 0;
  std::uint64_t monotonic = 0;

  static Clocks now();
};

// Used from one thread.
class EnforcementSwitch {
 public:
  // `allow` and `put_off` write to the kernel: whether rules refuse at all, and until when (0: there is no timer).
  struct Kernel {
    std::function<void(bool yes)> allow;
    std::function<void(std::uint64_t monotonic)> put_off;
  };
  using Report = std::function<void(const EnforcementChange& change)>;

  // `dead_man`: nanoseconds; 0: there is no timer.
  EnforcementSwitch(std::uint64_t dead_man, Kernel kernel, Report report)
      : dead_man_(dead_man), kernel_(std::move(kernel)), report_(std::move(report)) {}

  // Rules are in force, the first ones.
  void start(const ActingRules& rules, const Clocks& now);
  // Others are.
  void change_rules(const ActingRules& rules, const Clocks& now);

  // Nothing is refused from here on: for so many nanoseconds, or until on() when that is 0. When it is off already, the
  // time is the new one. Does not outlive the sensor.
  void off(const Asker& asker, std::uint64_t nanoseconds, const Clocks& now);
  void on(const Asker& asker, const Clocks& now);

  // To be called all the time. Until the first start() it does nothing.
  void look(const Clocks& now);

  // "enforce", "audit", "observe" or "off".
  std::string_view state() const;
  // When it is off: the boot clock's time at which it turns itself on; 0: it does not.
  std::uint64_t off_until() const { return off_until_; }
  bool is_off() const { return off_; }
  std::uint64_t dead_man() const { return dead_man_; }
  std::uint64_t lapses() const { return lapses_; }  // how often the timer ended enforcement
  const ActingRules& rules() const { return rules_; }

 private:
  void renew(const Clocks& now);

  const std::uint64_t dead_man_;
  const Kernel kernel_;
  const Report report_;
  ActingRules rules_;
  bool started_ = false;
  bool off_ = false;
  std::uint64_t off_until_ = 0;
  std::uint64_t deadline_ = 0;
  std::uint64_t lapses_ = 0;
};

}  // namespace picket
