// SPDX-License-Identifier: Apache-2.0
//
// How long the sensor waits for records before it looks for them.
//
// The kernel wakes it for a well-filled ring and for refusals only, since a wake-up costs whoever is watched ten times
// as much as the record. Looking often has alerts out soon, and costs a host on which nothing happens; so it is done
// soon again after a look that found something, and after each that did not twice as late.
#pragma once

#include <algorithm>
#include <cstddef>

namespace picket {

class Pace {
 public:
  // Together with what Kafka's producer waits for others to send along (5 ms), the brokers' answer, and the work
  // itself, an alert stays below 50 ms, a lone one too.
  static constexpr int kSoonMs = 10, kLateMs = 40;

  int wait_ms() const { return wait_ms_; }
  void found(std::size_t records) { wait_ms_ = records != 0 ? kSoonMs : std::min(2 * wait_ms_, kLateMs); }

 private:
  int wait_ms_ = kLateMs;
};

}  // namespace picket
