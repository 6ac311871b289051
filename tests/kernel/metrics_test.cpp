// SPDX-License-Identifier: Apache-2.0
//
// The endpoint of a running sensor, scraped over loopback with a plain socket: that its numbers are what happened; and
// the watchdog, with a socket in the place of systemd's.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <thread>

#include "tests/kernel/support/network.h"
#include "tests/kernel/support/sensor.h"
#include "tests/support/exposition.h"
#include "tests/support/scrape.h"

namespace picket::test {
namespace {

constexpr std::uint16_t kPort = 9765;
constexpr int kOpens = 20;

class Metrics : public testing::Test {
 protected:
  SensorOptions options(std::vector<std::string> more = {}) const {
    SensorOptions options{.rules = "- rule: marked\n  desc: d\n  condition: open.path = " + file_ +
                                   "\n  output: opened\n  priority: INFO\n",
                          .arguments = {"--metrics-listen", "127.0.0.1:" + std::to_string(kPort)}};
    options.arguments.insert(options.arguments.end(), more.begin(), more.end());
    return options;
  }

  void SetUp() override { write_file(file_, "text"); }

  void open_marked() const {
    for (int i = 0; i < kOpens; ++i) close(open(file_.c_str(), O_RDONLY | O_CLOEXEC));
  }

  static Exposition read() {
    Scraped answer;
    // A guest may be too slow to measure in time, which the answer says.
    EXPECT_TRUE(wait_until([&] { return (answer = scrape(kPort, "/metrics")).status == 200; })) << answer.body;
    return read_exposition(answer.body);
  }

  Directory directory_;
  const std::string file_ = directory_ / "marked";
};

TEST_F(Metrics, AreWhatHappened) {
  Sensor sensor(options({"--metrics-kernel", "true"}));
  EXPECT_EQ("ok\n", scrape(kPort, "/healthz").body);
  EXPECT_EQ("ok\n", scrape(kPort, "/readyz").body);
  const Exposition before = read();
  EXPECT_EQ(0, before["picket_rule_hits_total{rule=\"marked\"}"]);
  open_marked();
  Exposition after;
  const bool all = wait_until([&] {
    after = read();
    return after["picket_sink_delivered_messages_total{sink=\"stdout\"}"] -
               before["picket_sink_delivered_messages_total{sink=\"stdout\"}"] >=
           kOpens;
  });
  ASSERT_TRUE(all) << sensor.log();
  const auto more = [&](const std::string& sample) { return after[sample] - before[sample]; };
  // The kernel keeps back every other open.
  EXPECT_EQ(kOpens, more("picket_events_total{kind=\"open\"}"));
  EXPECT_EQ(kOpens, more("picket_alerts_total"));
  EXPECT_EQ(kOpens, more("picket_rule_hits_total{rule=\"marked\"}"));
  EXPECT_EQ(kOpens, more("picket_sink_produced_messages_total{sink=\"stdout\"}"));
  EXPECT_EQ(kOpens, more("picket_sink_delivery_seconds_count{sink=\"stdout\"}"));
  EXPECT_EQ(kOpens, more("picket_sink_delivery_seconds_bucket{sink=\"stdout\",le=\"60\"}"));
  EXPECT_GT(more("picket_sink_delivery_seconds_sum{sink=\"stdout\"}"), 0);
  EXPECT_EQ(0, after["picket_losses_total{cause=\"ring_full\"}"]);

  EXPECT_EQ(1, after["picket_kernel_statistics_enabled"]);
  EXPECT_GE(more("picket_kernel_program_runs_total{program=\"file_open\"}"), kOpens);
  EXPECT_GT(more("picket_kernel_program_run_seconds_total{program=\"file_open\"}"), 0);
  EXPECT_GE(after["picket_ring_size_bytes{ring=\"0\"}"], 4096);
  EXPECT_LE(after["picket_ring_used_bytes{ring=\"0\"}"], after["picket_ring_size_bytes{ring=\"0\"}"]);
  EXPECT_GE(after["picket_kernel_map_memory_bytes{map=\"ring\"}"], after["picket_ring_size_bytes{ring=\"0\"}"]);
  EXPECT_GT(after["picket_kernel_map_memory_bytes{map=\"image\"}"], 4096);
  EXPECT_GT(after["picket_processes"], 1);
  EXPECT_GT(after["process_resident_memory_bytes"], 1e6);
}

// Where nobody counts the runs of programs there is no number, rather than a wrong one.
TEST_F(Metrics, RunsThatNobodyCountsAreLeftOut) {
  ASSERT_EQ("0\n", read_file("/proc/sys/kernel/bpf_stats_enabled"));
  Sensor sensor(options());
  open_marked();
  Exposition metrics = read();
  EXPECT_EQ(0, metrics["picket_kernel_statistics_enabled"]);
  EXPECT_EQ(0u, metrics.families.count("picket_kernel_program_runs_total"));
  EXPECT_EQ(1u, metrics.families.count("picket_kernel_program_missed_total"));

  write_file("/proc/sys/kernel/bpf_stats_enabled", "1");
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // an answer may be a tenth of a second old
  open_marked();
  metrics = read();
  write_file("/proc/sys/kernel/bpf_stats_enabled", "0");
  EXPECT_EQ(1, metrics["picket_kernel_statistics_enabled"]);
  EXPECT_GE(metrics["picket_kernel_program_runs_total{program=\"file_open\"}"], kOpens);
}

TEST_F(Metrics, AnAddressInUseEndsTheStart) {
  const int taken = listening_socket(AF_INET, ipv4("127.0.0.1", kPort));
  ASSERT_GE(taken, 0);
  SensorOptions options = this->options();
  options.wait_until_ready = false;
  Sensor sensor(options);
  EXPECT_EQ(1, sensor.wait_for_end());
  close(taken);
  EXPECT_NE(std::string::npos, sensor.log().find("cannot listen on 127.0.0.1:9765: Address already in use"))
      << sensor.log();
  EXPECT_NE(std::string::npos, sensor.log().find("hint: another program listens there")) << sensor.log();
}

// Clients that say nothing, or ask all the time, cost no event.
TEST_F(Metrics, ClientsHoldUpNothing) {
  Sensor sensor(options());
  std::vector<int> silent;
  for (int i = 0; i < 40; ++i) {
    const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const Endpoint to = ipv4("127.0.0.1", kPort);
    EXPECT_EQ(0, connect(client, to.get(), to.size));
    silent.push_back(client);
  }
  for (int i = 0; i < 50; ++i) {
    close(open(file_.c_str(), O_RDONLY | O_CLOEXEC));
    EXPECT_NE(0, scrape(kPort, "/metrics").status) << "no answer";
  }
  for (const int client : silent) close(client);
  EXPECT_EQ(0, sensor.stop()) << sensor.log();
  EXPECT_EQ(50u, sensor.alerts().size());
  EXPECT_EQ(0u, sensor.lost());
}

TEST_F(Metrics, TheWatchdogIsToldWhileTheLoopTurns) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  constexpr std::string_view kName = "picket-watchdog-test";
  kName.copy(address.sun_path + 1, kName.size());
  const int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + kName.size());
  ASSERT_EQ(0, bind(manager, reinterpret_cast<sockaddr*>(&address), size)) << std::strerror(errno);
  const auto heard = [manager](std::string_view state) {
    char bytes[256];
    int count = 0;
    for (ssize_t got; (got = recv(manager, bytes, sizeof bytes, 0)) > 0;) {
      count += std::string_view(bytes, static_cast<std::size_t>(got)) == state ? 1 : 0;
    }
    return count;
  };

  setenv("NOTIFY_SOCKET", ("@" + std::string(kName)).c_str(), 1);
  setenv("WATCHDOG_USEC", "1000000", 1);
  Sensor sensor(options());
  unsetenv("NOTIFY_SOCKET");
  unsetenv("WATCHDOG_USEC");
  EXPECT_TRUE(wait_until([&] { return heard("READY=1") == 1; }));
  EXPECT_TRUE(wait_until([&] { return heard("WATCHDOG=1") != 0; }));
  EXPECT_TRUE(wait_until([&] { return heard("WATCHDOG=1") != 0; })) << "again";
  kill(sensor.pid(), SIGSTOP);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  heard("WATCHDOG=1");  // what was on its way
  std::this_thread::sleep_for(std::chrono::seconds(2));
  EXPECT_EQ(0, heard("WATCHDOG=1"));
  kill(sensor.pid(), SIGCONT);
  EXPECT_TRUE(wait_until([&] { return heard("WATCHDOG=1") != 0; }));
  EXPECT_EQ(0, sensor.stop()) << sensor.log();
  EXPECT_EQ(1, heard("STOPPING=1"));
  close(manager);
}

}  // namespace
}  // namespace picket::test
