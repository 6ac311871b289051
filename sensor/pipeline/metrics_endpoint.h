// SPDX-License-Identifier: Apache-2.0
//
// The endpoint for Prometheus and for probes: /metrics, /healthz, /readyz.
//
// What there is to measure belongs to the engine's thread, which therefore measures it, between two batches of events,
// when somebody has asked: without a scrape nothing is spent on it. The server's thread waits for that, writes the text
// and sends it. However often it is asked, the engine measures at most ten times a second.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "exporters/metrics/http_server.h"
#include "exporters/metrics/samples.h"
#include "rules/event/result.h"
#include "sensor/pipeline/health.h"

namespace picket {

class MetricsEndpoint {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kFresh{100};  // so old may be what is answered
  static constexpr std::chrono::seconds kPatience{2};      // for the engine to measure

  // Listens at once; `health` must outlive it.
  static Result<std::unique_ptr<MetricsEndpoint>> open(const ListenAddress& address, const Health& health);
  ~MetricsEndpoint();

  // For the engine's thread, all the time: measures when somebody waits for it.
  template <class Measure>
  void look(Measure measure) {
    if (wanted_.load(std::memory_order_relaxed)) give(measure());
  }

  std::uint16_t port() const { return server_->port(); }

 private:
  explicit MetricsEndpoint(const Health& health) : health_(health) {}
  HttpAnswer answer(std::string_view path);
  HttpAnswer metrics();
  void give(Samples samples);
  std::optional<Samples> ask();

  const Health& health_;
  std::atomic<bool> wanted_ = false;
  std::mutex mutex_;  // held for as long as it takes to move what it guards
  std::condition_variable given_;
  std::optional<Samples> samples_;  // that nobody has taken
  std::string text_;                // the server's thread's: the last answer
  Clock::time_point text_from_{};
  std::unique_ptr<HttpServer> server_;  // last: its thread ends first
};

}  // namespace picket
