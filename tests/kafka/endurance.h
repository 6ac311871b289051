// SPDX-License-Identifier: Apache-2.0
//
// How long and how hard the endurance tests try: a few seconds each, unless the environment says more
// (`make stress-kafka`). And alerts at a given rate.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>

#include "exporters/sink/sink.h"

namespace picket {

inline std::int64_t from_environment(const char* name, std::int64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::stoll(text);
}

// An alert of the size that alerts have: about 600 bytes.
inline void alert(Sink& sink, std::uint64_t id) {
  static const std::string rest = "\",\"output\":\"" + std::string(570, 'x') + "\"}\n";
  const std::string text = "{\"id\":\"" + std::to_string(id) + rest;
  const Message message{.id = id, .text = text, .rule = "Shell in a container"};
  sink.take({&message, 1});
}

// Calls `next` at that rate until time is over, a millisecond's worth at once, and `between` in the meantime.
template <class Next, class Between>
void at_rate(std::int64_t per_second, std::chrono::milliseconds time, Next&& next, Between&& between) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  std::int64_t done = 0;
  for (auto now = begin; now < begin + time; now = Clock::now()) {
    const auto due =
        std::chrono::duration_cast<std::chrono::microseconds>(now - begin).count() * per_second / 1'000'000;
    for (; done < due; ++done) next();
    between();
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

}  // namespace picket
