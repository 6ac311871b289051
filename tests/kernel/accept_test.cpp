// SPDX-License-Identifier: Apache-2.0
//
// accept and close: every wire field, every call, and what is one connection and what is none.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <span>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/network.h"
#include "tests/kernel/support/ring.h"
#include "tests/kernel/support/shared.h"
#include "tests/kernel/support/suite.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

const std::string kNone = "<NA>";
const std::string kAbstract = std::string("\0picket\0accepts", 15);

Fields pair_fields(const std::string& kind, int family, int port, const std::string& address, int local_port,
                   const std::string& local_address) {
  return {
      {kind + ".family", std::to_string(family)},
      {kind + ".type", "1"},
      {kind + ".protocol", family == AF_UNIX ? "0" : "6"},
      {kind + ".port", std::to_string(port)},
      {kind + ".address", address},
      {kind + ".local_port", std::to_string(local_port)},
      {kind + ".local_address", local_address},
  };
}

constexpr std::uint16_t kCallsPort = 7107;  // where the rule about calls looks

class Connections : public SharedSensor<Connections> {
 public:
  static std::string rules() {
    return "- rule: accept call\n  desc: By whichever call.\n  condition: accept.local_port = " +
           std::to_string(kCallsPort) +
           "\n  output: \"type=%evt.type\\nflags=%header.flags\\nname=%fd.name\"\n  priority: DEBUG\n" +
           wire_rule("accept", "accept", "accept.family exists") + wire_rule("close", "close", "close.family exists");
  }

 protected:
  // What was reported about the connection whose end on the other side of this process has that port.
  Fields closed(pid_t pid, int port) {
    for (int i = 0; i < 8; ++i) {
      const Json alert = sensor().next_alert("close", pid);
      if (alert.is_null()) return {};
      const Fields fields = wire_fields(alert);
      if (fields.at("close.port") == std::to_string(port)) return fields;
    }
    return {};
  }

  // How many close events there were about it so far.
  long closes_of(pid_t pid) {
    return std::count_if(sensor().alerts().begin(), sensor().alerts().end(),
                         [pid](const Json& alert) { return rule_of(alert) == "close" && pid_of(alert) == pid; });
  }
};

// ---- accept ----

struct AcceptRow {
  const char* name;
  int family;
  Endpoint server;
  std::function<int()> connect;  // makes the other end; its socket
  Fields expected;
};

std::function<int()> connect_from(int family, const Endpoint& client, const Endpoint& server) {
  return [=] {
    const int made = client.size == 0 ? socket(family, SOCK_STREAM, 0) : bound_socket(family, SOCK_STREAM, client);
    return connect(made, server.get(), server.size) == 0 ? made : -1;
  };
}

Fields with_path(Fields fields, const std::string& path) {
  fields["accept.path"] = path;
  return fields;
}

const Endpoint kAbstractEnd = unix_path(kAbstract, false), kPathEnd = unix_path("/run/accepts-by-test", true);

const AcceptRow kRows[] = {
    {"IPv4", AF_INET, ipv4("127.0.0.1", 7101), connect_from(AF_INET, ipv4("127.0.0.2", 7102), ipv4("127.0.0.1", 7101)),
     with_path(pair_fields("accept", 2, 7102, "127.0.0.2", 7101, "127.0.0.1"), kNone)},
    {"IPv6", AF_INET6, ipv6("::1", 7103), connect_from(AF_INET6, ipv6("::1", 7104), ipv6("::1", 7103)),
     with_path(pair_fields("accept", 10, 7104, "::1", 7103, "::1"), kNone)},
    {"IPv4 in IPv6", AF_INET6, ipv6("::", 7105),
     connect_from(AF_INET, ipv4("127.0.0.3", 7106), ipv4("127.0.0.1", 7105)),
     with_path(pair_fields("accept", 10, 7106, "::ffff:127.0.0.3", 7105, "::ffff:127.0.0.1"), kNone)},
    {"unix", AF_UNIX, kPathEnd, connect_from(AF_UNIX, {}, kPathEnd),
     with_path(pair_fields("accept", 1, 0, kNone, 0, kNone), "/run/accepts-by-test")},
    {"unix, abstract", AF_UNIX, kAbstractEnd, connect_from(AF_UNIX, {}, kAbstractEnd),
     with_path(pair_fields("accept", 1, 0, kNone, 0, kNone), kAbstract)},
};

TEST_F(Connections, EveryWireFieldOfAccept) {
  for (const AcceptRow& row : kRows) {
    SCOPED_TRACE(row.name);
    Child child([&] {
      const int listening = listening_socket(row.family, row.server);
      if (row.connect() < 0) return 1;
      return accept4(listening, nullptr, nullptr, SOCK_CLOEXEC) < 0 ? 2 : 0;
    });
    const std::uint64_t before = boot_clock();
    child.go();
    const Fields actual = wire_fields(sensor().next_alert("accept", child.pid()));
    Fields expected = ordinary_header(actual, "accept", child.pid(), SYS_accept4, before);
    expected.insert(row.expected.begin(), row.expected.end());
    expect_fields(actual, expected);
    EXPECT_EQ(0, child.wait());
  }
}

int accept_by_ring(int listening) {
  io_uring_sqe operation{};
  operation.opcode = IORING_OP_ACCEPT;
  operation.fd = listening;
  return through_ring(operation);
}

struct AcceptCall {
  const char* type;
  const char* flags;
  std::function<int(int listening)> accept;
};

const AcceptCall kCalls[] = {
    {"accept", "0", [](int listening) { return accept(listening, nullptr, nullptr); }},
    {"io_uring", "0", accept_by_ring},
#if defined(__x86_64__)
    {"accept4", "32", [](int listening) { return static_cast<int>(call_32(364, listening)); }},
    {"accept", "32",
     [](int listening) {
       auto* arguments = reinterpret_cast<std::uint32_t*>(low_memory());
       arguments[0] = static_cast<std::uint32_t>(listening);
       return static_cast<int>(call_32(102, 5, low(arguments)));
     }},
#endif
};

TEST_F(Connections, AcceptByEveryCall) {
  const Endpoint server = ipv4("127.0.0.1", kCallsPort);
  for (const AcceptCall& call : kCalls) {
    Child child([&] {
      const int listening = listening_socket(AF_INET, server);
      if (connect_from(AF_INET, ipv4("127.0.0.1", 7108), server)() < 0) return 1;
      return call.accept(listening) < 0 ? 2 : 0;
    });
    EXPECT_EQ(0, child.wait()) << call.type;
    const Fields fields = wire_fields(sensor().next_alert("accept call", child.pid()));
    EXPECT_EQ(call.type, fields.at("type"));
    EXPECT_EQ(call.flags, fields.at("flags")) << call.type;
    EXPECT_EQ("127.0.0.1:7108->127.0.0.1:7107", fields.at("name")) << call.type;
  }
}

TEST_F(Connections, NoAcceptWithoutAConnection) {
  Child child([] {
    const int listening = bound_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, ipv4("127.0.0.1", 7109));
    if (listen(listening, 1) != 0 || accept(listening, nullptr, nullptr) >= 0 || errno != EAGAIN) return 1;
    return connect_both(AF_INET, ipv4("127.0.0.1", 7110), ipv4("127.0.0.1", 7111)).server < 0 ? 2 : 0;
  });
  EXPECT_EQ(0, child.wait());
  EXPECT_EQ("7110", wire_fields(sensor().next_alert("accept", child.pid())).at("accept.port"));
}

// ---- close ----

bool read_all(int socket, std::size_t size) {
  char buffer[4096];
  for (std::size_t got = 0; got < size;) {
    const ssize_t more = read(socket, buffer, std::min(sizeof buffer, size - got));
    if (more <= 0) return false;
    got += static_cast<std::size_t>(more);
  }
  return true;
}

// 3,000 bytes one way and 500 the other, all of it received and acknowledged; then both ends are closed.
int talk(int family, const Endpoint& client, const Endpoint& server) {
  const Connection tcp = connect_both(family, client, server);
  const std::string request(500, 'q'), response(3000, 'r');
  if (write(tcp.client, request.data(), request.size()) != 500 || !read_all(tcp.server, 500)) return 1;
  if (write(tcp.server, response.data(), response.size()) != 3000 || !read_all(tcp.client, 3000)) return 2;
  usleep(300'000);  // acknowledgements may be put off for 40 ms
  close(tcp.client);
  usleep(100'000);
  close(tcp.server);
  return 0;
}

TEST_F(Connections, EveryWireFieldOfClose) {
  struct {
    int family;
    const char *client, *server;
    int port;
  } const kFamilies[] = {{AF_INET, "127.0.0.2", "127.0.0.1", 7120}, {AF_INET6, "::1", "::1", 7122}};
  for (const auto& row : kFamilies) {
    SCOPED_TRACE(row.client);
    const auto make = row.family == AF_INET ? ipv4 : ipv6;
    const auto port = static_cast<std::uint16_t>(row.port);
    Child child([&] { return talk(row.family, make(row.client, port + 1), make(row.server, port)); });
    const std::uint64_t before = boot_clock();
    child.go();
    for (const bool client : {true, false}) {
      SCOPED_TRACE(client ? "client" : "server");
      const Fields actual = closed(child.pid(), client ? row.port : row.port + 1);
      Fields expected = ordinary_header(actual, "close", child.pid(), SYS_close, before);
      const Fields ends = client ? pair_fields("close", row.family, row.port, row.server, row.port + 1, row.client)
                                 : pair_fields("close", row.family, row.port + 1, row.client, row.port, row.server);
      expected.insert(ends.begin(), ends.end());
      expected["close.role"] = client ? "1" : "2";
      expected["close.sent"] = client ? "500" : "3000";
      expected["close.received"] = client ? "3000" : "500";
      expected["close.duration"] = actual.contains("close.duration") ? actual.at("close.duration") : "";
      const std::uint64_t duration = std::strtoull(expected["close.duration"].c_str(), nullptr, 10);
      EXPECT_GE(duration, 300'000'000u);
      EXPECT_LT(duration, boot_clock() - before);
      expect_fields(actual, expected);
    }
    child.wait();
  }
}

// The last descriptor counts, whoever has it and however it goes.
TEST_F(Connections, CloseOncePerConnection) {
  Shared heir_pid;
  Child child([&] {
    const Connection tcp = connect_both(AF_INET, ipv4("127.0.0.1", 7131), ipv4("127.0.0.1", 7130));
    shutdown(tcp.client, SHUT_RDWR);
    const int again = dup(tcp.client);
    close(tcp.client);
    const pid_t heir = fork();
    if (heir == 0) {
      usleep(200'000);
      _exit(0);  // which closes both ends
    }
    heir_pid.set(heir);
    close(again);
    close(tcp.server);
    int status = 0;
    return waitpid(heir, &status, 0) == heir ? 0 : 1;
  });
  const pid_t maker = child.pid();
  EXPECT_EQ(0, child.wait());
  const auto heir = static_cast<pid_t>(heir_pid.get());
  const Fields client = wire_fields(sensor().next_alert("close", heir));
  const Fields server = wire_fields(sensor().next_alert("close", heir));
  EXPECT_EQ(client.at("header.process"), server.at("header.process"));
  EXPECT_EQ(std::to_string(SYS_exit_group), client.at("header.syscall"));
  EXPECT_EQ("0", client.at("close.sent"));
  EXPECT_EQ("0", server.at("close.received"));
  EXPECT_EQ(0, closes_of(maker));
}

TEST_F(Connections, CloseAfterAReset) {
  Child child([] {
    const Connection tcp = connect_both(AF_INET, ipv4("127.0.0.1", 7133), ipv4("127.0.0.1", 7132));
    if (write(tcp.client, "abc", 3) != 3 || !read_all(tcp.server, 3)) return 1;
    const linger at_once{1, 0};
    setsockopt(tcp.client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(tcp.client);
    usleep(100'000);
    close(tcp.server);
    return 0;
  });
  EXPECT_EQ(0, child.wait());
  const Fields server = closed(child.pid(), 7133);
  EXPECT_EQ("3", server.at("close.received"));
  EXPECT_EQ("0", server.at("close.sent"));
  EXPECT_EQ("7132", server.at("close.local_port"));
  EXPECT_EQ("127.0.0.1", server.at("close.address"));
}

// Sockets that never were connected: listening, unused, refused, waiting for an answer; and UDP.
TEST_F(Connections, NoCloseOfOtherSockets) {
  Child child([] {
    const Endpoint nobody = ipv4("127.0.0.1", 7139);
    close(listening_socket(AF_INET, ipv4("127.0.0.1", 7134)));
    close(socket(AF_INET, SOCK_STREAM, 0));
    const int refused = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (connect(refused, nobody.get(), nobody.size) == 0) return 1;
    usleep(50'000);
    close(refused);
    const int udp = socket(AF_INET, SOCK_DGRAM, 0);
    if (connect(udp, nobody.get(), nobody.size) != 0) return 2;
    close(udp);
    const Connection tcp = connect_both(AF_INET, ipv4("127.0.0.1", 7136), ipv4("127.0.0.1", 7135));
    close(tcp.client);
    return 0;
  });
  EXPECT_EQ(0, child.wait());
  EXPECT_EQ("7135", wire_fields(sensor().next_alert("close", child.pid())).at("close.port"));
  EXPECT_EQ("7136", wire_fields(sensor().next_alert("close", child.pid())).at("close.port"));
  EXPECT_EQ(2, closes_of(child.pid()));
}

}  // namespace
}  // namespace picket::test
