// SPDX-License-Identifier: Apache-2.0
//
// What tests/kafka/alerter tells who started it, in memory that both map: it survives the kill -9.
#pragma once

#include <atomic>
#include <cstdint>

namespace picket {

struct AlerterProgress {
  std::atomic<std::uint64_t> produced;      // the last id that was given to the sink, or is about to be
  std::atomic<std::uint64_t> acknowledged;  // all ids up to this one are in the spool, or with the broker
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

}  // namespace picket
