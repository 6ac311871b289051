// SPDX-License-Identifier: Apache-2.0
//
// connect: every wire field for every family. Nobody listens: the attempt is the event.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/network.h"
#include "tests/kernel/support/ring.h"
#include "tests/kernel/support/suite.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

struct ConnectRow {
  const char* name;
  int family, type, protocol;  // of the socket
  Endpoint to;
  Fields expected;
};

Fields fields_of(int family, int type, int protocol, int port, const std::string& address, const std::string& path) {
  return {
      {"connect.family", std::to_string(family)},
      {"connect.type", std::to_string(type)},
      {"connect.protocol", std::to_string(protocol)},
      {"connect.port", std::to_string(port)},
      {"connect.address", address},
      {"connect.path", path},
  };
}

const std::string kNone = "<NA>";
const std::string kAbstract = std::string("\0picket\0test", 12);
const std::string kLongest = "/run/" + std::string(103, 'u');  // sun_path is full: no room for a NUL byte

const ConnectRow kRows[] = {
    {"TCP over IPv4", AF_INET, SOCK_STREAM, 0, ipv4("127.0.0.9", 65535), fields_of(2, 1, 6, 65535, "127.0.0.9", kNone)},
    {"UDP over IPv4", AF_INET, SOCK_DGRAM, 0, ipv4("127.0.0.1", 53), fields_of(2, 2, 17, 53, "127.0.0.1", kNone)},
    {"TCP over IPv6", AF_INET6, SOCK_STREAM, 0, ipv6("::1", 8443), fields_of(10, 1, 6, 8443, "::1", kNone)},
    {"UDP over IPv6", AF_INET6, SOCK_DGRAM, 0, ipv6("::1", 1), fields_of(10, 2, 17, 1, "::1", kNone)},
    {"IPv4 in IPv6", AF_INET6, SOCK_STREAM, 0, ipv6("::ffff:127.0.0.1", 80),
     fields_of(10, 1, 6, 80, "::ffff:127.0.0.1", kNone)},
    {"raw", AF_INET, SOCK_RAW, IPPROTO_ICMP, ipv4("127.0.0.1", 0), fields_of(2, 3, 1, 0, "127.0.0.1", kNone)},
    {"unix", AF_UNIX, SOCK_STREAM, 0, unix_path("/run/nobody-listens", true),
     fields_of(1, 1, 0, 0, kNone, "/run/nobody-listens")},
    {"unix, not terminated", AF_UNIX, SOCK_DGRAM, 0, unix_path("/run/nobody-listens", false),
     fields_of(1, 2, 0, 0, kNone, "/run/nobody-listens")},
    {"unix, longest", AF_UNIX, SOCK_SEQPACKET, 0, unix_path(kLongest, false), fields_of(1, 5, 0, 0, kNone, kLongest)},
    {"unix, abstract", AF_UNIX, SOCK_STREAM, 0, unix_path(kAbstract, false), fields_of(1, 1, 0, 0, kNone, kAbstract)},
};

class Connect : public SharedSensor<Connect> {
 public:
  static std::string rules() {
    return R"(
- rule: ring
  desc: By another call.
  condition: connect.port = 9
  output: "type=%evt.type\naddress=%connect.address\nring=%evt.is_io_uring\nname=%fd.name"
  priority: DEBUG
)" + wire_rule("connect", "connect", "connect.family exists");
  }
};

TEST_F(Connect, EveryWireField) {
  for (const ConnectRow& row : kRows) {
    SCOPED_TRACE(row.name);
    Child child([&] {
      const int socket = ::socket(row.family, row.type, row.protocol);
      if (socket < 0 || setresgid(1001, 1002, 1002) != 0 || setresuid(1001, 1002, 1002) != 0) return 1;
      connect(socket, row.to.get(), row.to.size);
      return 0;
    });
    const std::uint64_t before = boot_clock();
    child.go();
    const Fields actual = wire_fields(sensor().next_alert("connect", child.pid()));
    Fields expected = ordinary_header(actual, "connect", child.pid(), SYS_connect, before);
    expected["header.uid"] = expected["header.gid"] = "1002";
    expected.insert(row.expected.begin(), row.expected.end());
    expect_fields(actual, expected);
    EXPECT_EQ(0, child.wait());
  }
}

TEST_F(Connect, ThroughIoUring) {
  Child child([] {
    const Endpoint to = ipv4("127.0.0.1", 9);
    io_uring_sqe operation{};
    operation.opcode = IORING_OP_CONNECT;
    operation.fd = socket(AF_INET, SOCK_STREAM, 0);
    operation.addr = reinterpret_cast<std::uint64_t>(to.get());
    operation.off = to.size;
    return through_ring(operation) == -ECONNREFUSED ? 0 : 1;
  });
  EXPECT_EQ(0, child.wait());
  const Fields expected = {{"type", "io_uring"}, {"address", "127.0.0.1"}, {"ring", "true"}, {"name", "127.0.0.1:9"}};
  EXPECT_EQ(expected, wire_fields(sensor().next_alert("ring", child.pid())));
}

}  // namespace
}  // namespace picket::test
