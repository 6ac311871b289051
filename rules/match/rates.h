// SPDX-License-Identifier: Apache-2.0
//
// Rates: how often rules match and alert. A threshold makes a match of several events; a throttle lets only so many
// alerts through, and counts the others.
//
//   throttle   The first alert of a key begins a window. `max` alerts of the window are shown, the others suppressed;
//   the
//              next that is shown says how many. When a window is over and no alert follows, or its key has to give
//              way, or the sensor ends, the number is reported by itself. So alerts and suppressed ones add up to the
//              matches.
//   threshold  The times of the last events of each key are kept. When `count` of them lie within the window, the rule
//              matches and the key begins anew, at none.
//
// Time is that of the events, so that a replay gives the same. Tables are fixed in size: the key that is oldest gives
// way, and is counted. A throttled key that gave way begins a new window: its next alert is shown. One of a threshold
// loses what was counted: the counters say so, and the sensor at its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "rules/language/rule.h"
#include "rules/match/key_table.h"

namespace picket {

// Keys of all throttles together.
inline constexpr std::size_t kThrottleKeys = 16'384;
// Keys of one threshold: as many as this number of times makes, and not more than the other.
inline constexpr std::size_t kThresholdTimes = 512 * 1024;
inline constexpr std::size_t kThresholdKeys = 16'384;

struct RateCounters {
  std::uint64_t throttled = 0;          // alerts that were suppressed
  std::uint64_t throttles_evicted = 0;  // keys that gave way before their window was over
  std::uint64_t thresholds_evicted = 0;
};

// Used from one thread. Allocates nothing per event once warm. The policy must outlive it.
class Rates {
 public:
  using Report = std::function<void(const Throttled&)>;

  // `report` is called for counts that no alert could carry.
  explicit Rates(const Policy& policy, Report report = {}, std::size_t throttle_keys = kThrottleKeys);

  void report_to(Report report) { report_ = std::move(report); }
  // Counters begin at those of the rates that were before.
  void go_on(const RateCounters& before) { counters_ = before; }

  // Whether a rule, of which the condition holds for the event, has matched. Counts the event.
  bool reached(const Rule& rule, const Event& event, Scratch& scratch);

  struct Verdict {
    bool shown = true;
    std::uint64_t throttled = 0;  // suppressed since the last that was shown
  };
  // What becomes of the alert of a rule that matched. One about an event that was refused is always shown.
  Verdict throttle(const Rule& rule, const Event& event, Scratch& scratch);

  // Reports the windows that were over at that time; about once a second. Those that ended within the last kLateNs are
  // left, since their events may still be on the way.
  void expire(std::uint64_t time);
  // Reports all, at the end.
  void finish();

  static constexpr std::uint64_t kLateNs = 2'000'000'000;

  const RateCounters& counters() const { return counters_; }

 private:
  struct Window {
    const Rule* rule = nullptr;
    std::uint64_t begin = 0;
    std::uint64_t shown = 0;
    std::uint64_t throttled = 0;
    std::uint64_t last = 0;  // time of the last that was suppressed
    unsigned char text_size = 0;
    char text[95];  // the values of its key, as far as they fit

    bool over(std::uint64_t time) const { return time >= begin && time - begin >= rule->throttle.every; }
  };
  struct Times {
    std::uint32_t next = 0, count = 0;
  };
  struct Counting {
    explicit Counting(const Threshold& threshold);
    KeyTable<Times> keys;
    std::unique_ptr<std::uint64_t[]> times;  // `count` of each slot
  };

  Key128 key_of(const Rule& rule, std::span<const OutputPiece> pieces, const Event& event, Scratch& scratch);
  void describe(Window& window, const Event& event, Scratch& scratch);
  void report(const Window& window);

  Key128 secret_ = random_secret();
  Report report_;
  std::optional<KeyTable<Window>> windows_;  // when any rule is throttled
  std::unordered_map<const Rule*, Counting> thresholds_;
  std::string bytes_;
  RateCounters counters_;
};

}  // namespace picket
