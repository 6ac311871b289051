// SPDX-License-Identifier: Apache-2.0
//
// sd_notify against a real datagram socket.
#include "sensor/pipeline/notify.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <string>

namespace picket {
namespace {

// A service manager with an abstract socket, which NOTIFY_SOCKET names.
class NotifyTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::string name = "picket-notify-test-" + std::to_string(getpid());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    ASSERT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0) << std::strerror(errno);
    setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
  }
  void TearDown() override {
    for (const char* variable : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(variable);
    close(socket_);
  }

  // The next datagram; empty when there is none.
  std::string heard() const {
    char buffer[64] = {};
    const ssize_t size = recv(socket_, buffer, sizeof buffer, 0);
    return {buffer, size < 0 ? 0 : static_cast<std::size_t>(size)};
  }

  const int socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
};

TEST_F(NotifyTest, SendsTheStateToAnAbstractSocket) {
  notify_service_manager("READY=1");
  EXPECT_EQ(heard(), "READY=1");
}

TEST_F(NotifyTest, DoesNothingWithoutASocket) {
  unsetenv("NOTIFY_SOCKET");
  notify_service_manager("READY=1");
  setenv("NOTIFY_SOCKET", "relative", 1);
  notify_service_manager("READY=1");
  EXPECT_EQ(heard(), "");
}

TEST_F(NotifyTest, WatchdogIsToldAtHalfOfItsTimeWhileTheLoopTurns) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  setenv("WATCHDOG_USEC", "60000000", 1);
  setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  Watchdog watchdog;
  watchdog.turned(100 * kSecond);
  EXPECT_EQ(heard(), "WATCHDOG=1") << "at once";
  for (std::uint64_t now = 100 * kSecond; now < 130 * kSecond; now += kSecond / 20) watchdog.turned(now);
  EXPECT_EQ(heard(), "");
  watchdog.turned(130 * kSecond);
  EXPECT_EQ(heard(), "WATCHDOG=1");
  EXPECT_EQ(heard(), "") << "once";
}

TEST_F(NotifyTest, WatchdogIsNotToldWhenNobodyAsks) {
  struct Row {
    const char *time, *process;
  };
  for (const Row& row : {Row{nullptr, nullptr}, Row{"0", nullptr}, Row{"", nullptr}, Row{"60s", nullptr},
                         Row{"-1", nullptr}, Row{"99999999999999999999", nullptr}, Row{"18446744073709551615", nullptr},
                         Row{"60000000", "1"}, Row{"60000000", "none"}}) {
    for (const char* variable : {"WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(variable);
    if (row.time != nullptr) setenv("WATCHDOG_USEC", row.time, 1);
    if (row.process != nullptr) setenv("WATCHDOG_PID", row.process, 1);
    Watchdog watchdog;
    watchdog.turned(UINT64_MAX);
    EXPECT_EQ(heard(), "") << (row.time == nullptr ? "no time" : row.time);
  }
}

}  // namespace
}  // namespace picket
