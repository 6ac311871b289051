// SPDX-License-Identifier: Apache-2.0
//
// Rules about addresses of sockets: the kernel refuses by single addresses and by networks, whichever family they come
// in, and keeps to itself what no rule asks for.
#include <gtest/gtest.h>
#include <linux/io_uring.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "tests/kernel/support/network.h"
#include "tests/kernel/support/refusal.h"
#include "tests/kernel/support/ring.h"
#include "tests/kernel/support/suite.h"

namespace picket::test {
namespace {

constexpr std::uint16_t kPort = 4711;

class EnforceAddress : public SharedSensor<EnforceAddress> {
 public:
  static std::string rules() {
    return deny("metadata", "evt.type = connect and fd.rip = \"127.0.0.2\"", "  errno: EACCES\n") +
           deny("networks",
                "evt.type in (connect, sendto) and fd.snet in (\"127.1.0.0/16\", \"fd00::/8\") and not "
                "fd.snet = \"127.1.2.0/24\"") +
           deny("own", "evt.type in (bind, listen) and fd.lip = \"127.0.0.3\"");
  }

 protected:
  static int connected(const Endpoint& to, int type = SOCK_STREAM) {
    return attempt([&] { return failure(connect(socket(to.get()->sa_family, type, 0), to.get(), to.size)); });
  }
};

TEST_F(EnforceAddress, Connecting) {
  EXPECT_EQ(EACCES, connected(ipv4("127.0.0.2", kPort)));
  EXPECT_EQ(EACCES, connected(ipv4("127.0.0.2", kPort), SOCK_DGRAM));
  EXPECT_EQ(EACCES, connected(ipv6("::ffff:127.0.0.2", kPort)));
  EXPECT_EQ(ECONNREFUSED, connected(ipv4("127.0.0.4", kPort)));
  EXPECT_EQ(ECONNREFUSED, connected(ipv6("::ffff:127.0.0.4", kPort)));
  EXPECT_EQ(ECONNREFUSED, connected(ipv6("::1", kPort)));
  EXPECT_EQ(ENOENT, connected(unix_path("/run/nobody-listens", true)));
  const Json alert = sensor().next_alert("metadata");
  ASSERT_FALSE(alert.is_null());
  EXPECT_EQ("denied", alert.at("event").at("decision"));
  EXPECT_EQ("EACCES", alert.at("event").at("error"));
  EXPECT_EQ("127.0.0.2", alert.at("event").at("connect").at("address"));
}

TEST_F(EnforceAddress, Networks) {
  EXPECT_EQ(EPERM, connected(ipv4("127.1.0.0", kPort)));
  EXPECT_EQ(EPERM, connected(ipv4("127.1.255.255", kPort)));
  EXPECT_EQ(EPERM, connected(ipv6("::ffff:127.1.3.1", kPort)));
  EXPECT_EQ(EPERM, connected(ipv6("fdff::1", kPort)));
  EXPECT_EQ(ECONNREFUSED, connected(ipv4("127.1.2.1", kPort)));
  EXPECT_EQ(ECONNREFUSED, connected(ipv4("127.2.0.0", kPort)));
  EXPECT_EQ(EPERM, attempt([] {
              const Endpoint to = ipv4("127.1.0.1", kPort);
              return failure(sendto(socket(AF_INET, SOCK_DGRAM, 0), "x", 1, 0, to.get(), to.size));
            }));
  EXPECT_EQ(0, attempt([] {
              const Endpoint to = ipv4("127.1.2.1", kPort);
              return failure(sendto(socket(AF_INET, SOCK_DGRAM, 0), "x", 1, 0, to.get(), to.size));
            }));
}

// No way round: the kernel has the address that a ring uses.
TEST_F(EnforceAddress, ThroughARing) {
  EXPECT_EQ(EACCES, attempt([] {
              const Endpoint to = ipv4("127.0.0.2", kPort);
              io_uring_sqe operation{};
              operation.opcode = IORING_OP_CONNECT;
              operation.fd = socket(AF_INET, SOCK_STREAM, 0);
              operation.addr = reinterpret_cast<std::uintptr_t>(to.get());
              operation.off = to.size;
              return -through_ring(operation);
            }));
}

TEST_F(EnforceAddress, OfItsOwn) {
  const auto bound = [](const char* address) {
    return attempt([address] {
      const Endpoint local = ipv4(address, 0);
      return failure(bind(socket(AF_INET, SOCK_STREAM, 0), local.get(), local.size));
    });
  };
  EXPECT_EQ(EPERM, bound("127.0.0.3"));
  EXPECT_EQ(0, bound("127.0.0.4"));
}

// Nobody asks for them: the sensor is given none of them.
TEST(EnforceAddressCost, OtherAddressesAreNotReported) {
  constexpr int kConnects = 5'000;
  Sensor sensor({.rules = deny("metadata", "evt.type = connect and fd.rip = \"127.0.0.2\"")});
  const int datagrams = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const Endpoint to = ipv4("127.0.0.1", kPort);
  for (int i = 0; i < kConnects; ++i) EXPECT_EQ(0, connect(datagrams, to.get(), to.size));
  close(datagrams);
  EXPECT_EQ(0, sensor.stop()) << sensor.log();
  EXPECT_LE(0, sensor.events_seen()) << sensor.log();
  EXPECT_GT(kConnects, sensor.events_seen()) << sensor.log();
}

}  // namespace
}  // namespace picket::test
