// SPDX-License-Identifier: Apache-2.0
#include "sensor/pipeline/metrics_endpoint.h"

#include <utility>

#include "rules/event/time.h"

namespace picket {
namespace {

HttpAnswer verdict(const std::string& reason) {
  if (reason.empty()) return {.body = "ok\n"};
  return {.status = 503, .body = reason + "\n"};
}

}  // namespace

Result<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::open(const ListenAddress& address, const Health& health) {
  std::unique_ptr<MetricsEndpoint> endpoint(new MetricsEndpoint(health));
  auto server = HttpServer::open(address, [raw = endpoint.get()](std::string_view path) { return raw->answer(path); });
  if (!server) return server.error();
  endpoint->server_ = std::move(*server);
  return endpoint;
}

MetricsEndpoint::~MetricsEndpoint() = default;

HttpAnswer MetricsEndpoint::answer(std::string_view path) {
  if (path == "/metrics") return metrics();
  if (path == "/healthz") return verdict(health_.not_alive(boot_clock()));
  if (path == "/readyz") return verdict(health_.not_ready(boot_clock()));
  return {.status = 404, .body = "expected /metrics, /healthz or /readyz\n"};
}

// A loop that hangs is not waited for: probes are answered by the same thread.
HttpAnswer MetricsEndpoint::metrics() {
  if (Clock::now() - text_from_ >= kFresh || text_.empty()) {
    if (const std::string reason = health_.not_ready(boot_clock()); !reason.empty()) return verdict(reason);
    const auto samples = ask();
    if (!samples) return verdict("the sensor is busy: nothing was measured within two seconds");
    text_ = samples->text();
    text_from_ = Clock::now();
  }
  return {.type = kMetricsContentType, .body = text_};
}

std::optional<Samples> MetricsEndpoint::ask() {
  std::unique_lock lock(mutex_);
  samples_.reset();  // one that came too late
  wanted_.store(true, std::memory_order_relaxed);
  given_.wait_for(lock, kPatience, [this] { return samples_.has_value(); });
  return std::exchange(samples_, std::nullopt);
}

void MetricsEndpoint::give(Samples samples) {
  {
    const std::lock_guard lock(mutex_);
    wanted_.store(false, std::memory_order_relaxed);
    samples_ = std::move(samples);
  }
  given_.notify_one();
}

}  // namespace picket
