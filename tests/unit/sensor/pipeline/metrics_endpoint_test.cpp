// SPDX-License-Identifier: Apache-2.0
//
// The endpoint between two threads: an engine's, played by the test, and the server's.
#include "sensor/pipeline/metrics_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "rules/event/time.h"
#include "tests/support/scrape.h"

namespace picket {
namespace {

using test::scrape;
using test::Scraped;
using testing::HasSubstr;

class MetricsEndpointTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = MetricsEndpoint::open(*parse_listen_address("127.0.0.1:0"), health_);
    ASSERT_TRUE(opened) << opened.error().message;
    endpoint_ = std::move(*opened);
    port_ = endpoint_->port();
  }
  void TearDown() override { stop(); }

  // An engine that turns, and counts how often it measures.
  void start() {
    health_.ready(boot_clock());
    engine_ = std::thread([this] {
      while (!stop_) {
        health_.turned(boot_clock());
        endpoint_->look([this] {
          Samples samples;
          samples.add(Metric::alerts, {}, ++measured_);
          return samples;
        });
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    });
  }
  void stop() {
    stop_ = true;
    if (engine_.joinable()) engine_.join();
  }

  Health health_;
  std::unique_ptr<MetricsEndpoint> endpoint_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<int> measured_ = 0;
  std::thread engine_;
};

TEST_F(MetricsEndpointTest, AnswersWhatTheEngineMeasured) {
  start();
  const Scraped first = scrape(port_, "/metrics");
  EXPECT_EQ(first.status, 200);
  EXPECT_THAT(first.head, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(first.body, HasSubstr("\npicket_alerts_total 1\n"));
  std::this_thread::sleep_for(2 * MetricsEndpoint::kFresh);
  EXPECT_EQ(measured_, 1) << "nobody has asked";
  EXPECT_THAT(scrape(port_, "/metrics").body, HasSubstr("\npicket_alerts_total 2\n"));
}

TEST_F(MetricsEndpointTest, TheEngineMeasuresAtMostTenTimesASecond) {
  start();
  const auto begin = MetricsEndpoint::Clock::now();
  for (int i = 0; i < 200; ++i) EXPECT_EQ(scrape(port_, "/metrics").status, 200);
  const auto passed = MetricsEndpoint::Clock::now() - begin;
  EXPECT_LE(measured_, 1 + passed / MetricsEndpoint::kFresh);
}

TEST_F(MetricsEndpointTest, SaysWhetherItIsAliveAndReady) {
  EXPECT_EQ(scrape(port_, "/healthz").status, 200);
  const Scraped early = scrape(port_, "/readyz");
  EXPECT_EQ(early.status, 503);
  EXPECT_EQ(early.body, "the sensor starts: not all hooks are attached yet\n");
  EXPECT_EQ(scrape(port_, "/metrics").status, 503);
  start();
  EXPECT_EQ(scrape(port_, "/healthz").status, 200);
  EXPECT_EQ(scrape(port_, "/readyz").body, "ok\n");
  EXPECT_EQ(scrape(port_, "/").status, 404);
  stop();
  health_.turned(boot_clock() - Health::kHangsAfterNs - 1'000'000'000);
  const Scraped hangs = scrape(port_, "/healthz");
  EXPECT_EQ(hangs.status, 503);
  EXPECT_EQ(hangs.body, "its loop has not turned for 11 seconds\n");
}

// One that does not answer is waited for, and probes go on.
TEST_F(MetricsEndpointTest, AnEngineThatDoesNotMeasureIsSaid) {
  health_.ready(boot_clock());
  const Scraped answer = scrape(port_, "/metrics");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "the sensor is busy: nothing was measured within two seconds\n");
  EXPECT_EQ(scrape(port_, "/healthz").status, 200);
}

}  // namespace
}  // namespace picket
