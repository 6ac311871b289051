// SPDX-License-Identifier: Apache-2.0
//
// What a client library tells of its connection to brokers every few seconds, as far as we show it.
#pragma once

#include <cstdint>

namespace picket {

struct ClientStatistics {
  std::uint64_t queued_messages = 0;  // in the library's memory
  std::uint64_t queued_bytes = 0;
  std::uint64_t sent_messages = 0;  // by this producer
  std::uint64_t sent_bytes = 0;     // compressed
  std::uint64_t brokers = 0;
  std::uint64_t brokers_up = 0;
  std::uint64_t errors = 0;             // of requests
  std::uint64_t retries = 0;            // of requests
  std::uint64_t round_trip_p99_us = 0;  // of the slowest broker
  std::uint64_t throttled_ms = 0;       // of the broker that throttles most, mean
  std::uint64_t producer_epochs = 0;    // above 1: duplicates are possible

  bool operator==(const ClientStatistics&) const = default;
};

}  // namespace picket
