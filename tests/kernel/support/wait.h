// SPDX-License-Identifier: Apache-2.0
//
// Waiting for what another process does: by looking again, with an end.
#pragma once

#include <chrono>
#include <thread>

namespace picket::test {

// How long anything may take. Generous: guests are slow, and slower when the host is busy.
inline constexpr std::chrono::seconds kPatience{60};

// Asks `done` every few milliseconds until it says true or the time is over; returns its last answer.
template <class Done>
bool wait_until(Done done, std::chrono::milliseconds timeout = kPatience) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  while (!done()) {
    if (std::chrono::steady_clock::now() >= end) return done();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace picket::test
