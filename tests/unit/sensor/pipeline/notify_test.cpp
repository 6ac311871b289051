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

TEST(Notify, SendsTheStateToAnAbstractSocket) {
  const std::string name = "picket-notify-test-" + std::to_string(getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  ASSERT_EQ(bind(descriptor, reinterpret_cast<sockaddr*>(&address), size), 0) << std::strerror(errno);

  setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
  notify_service_manager("READY=1");
  unsetenv("NOTIFY_SOCKET");

  char buffer[64] = {};
  EXPECT_EQ(recv(descriptor, buffer, sizeof buffer, 0), 7);
  EXPECT_STREQ(buffer, "READY=1");
  close(descriptor);
}

TEST(Notify, DoesNothingWithoutASocket) {
  unsetenv("NOTIFY_SOCKET");
  notify_service_manager("READY=1");
  setenv("NOTIFY_SOCKET", "relative", 1);
  notify_service_manager("READY=1");
  unsetenv("NOTIFY_SOCKET");
}

}  // namespace
}  // namespace picket
