// SPDX-License-Identifier: Apache-2.0
//
// socket, bind, listen, send: every wire field, and every call by which it is done.
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstring>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/network.h"
#include "tests/kernel/support/ring.h"
#include "tests/kernel/support/suite.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

const std::string kNone = "<NA>";
const std::string kAbstract = std::string("\0picket\0bound", 13);

std::string text(long number) { return std::to_string(number); }

// What a child did, one for each of them, and what the record about it must say.
struct Row {
  const char* name;
  int syscall;
  std::function<int()> act;
  Fields expected;
};

class Sockets : public SharedSensor<Sockets> {
 public:
  static std::string rules() {
    std::string rules;
    for (const std::string kind : {"socket", "bind", "listen", "connect", "send"}) {
      rules += wire_rule(kind, kind, kind + ".family exists");
    }
    return rules;
  }

 protected:
  static void expect_rows(const std::string& kind, std::span<const Row> rows) {
    for (const Row& row : rows) {
      SCOPED_TRACE(row.name);
      Child child(row.act);
      const std::uint64_t before = boot_clock();
      child.go();
      const Fields actual = wire_fields(sensor().next_alert(kind, child.pid()));
      Fields expected = ordinary_header(actual, kind, child.pid(), row.syscall, before);
      for (const auto& [name, value] : row.expected) expected[kind + "." + name] = value;
      expect_fields(actual, expected);
      EXPECT_EQ(0, child.wait());
    }
  }
};

Fields socket_fields(int family, int type, int protocol) {
  return {{"family", text(family)}, {"type", text(type)}, {"protocol", text(protocol)}};
}

std::function<int()> make(int family, int type, int protocol) {
  return [=] { return socket(family, type, protocol) < 0; };
}

const Row kSockets[] = {
    {"TCP", SYS_socket, make(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), socket_fields(2, 1, 0)},
    {"UDP over IPv6", SYS_socket, make(AF_INET6, SOCK_DGRAM, IPPROTO_UDP), socket_fields(10, 2, 17)},
    {"raw", SYS_socket, make(AF_INET, SOCK_RAW, IPPROTO_ICMP), socket_fields(2, 3, 1)},
    {"unix", SYS_socket, make(AF_UNIX, SOCK_SEQPACKET, 0), socket_fields(1, 5, 0)},
    {"packet", SYS_socket, [] { return socket(AF_PACKET, SOCK_RAW, htons(3)) < 0 && errno != EAFNOSUPPORT; },
     socket_fields(17, 3, htons(3))},
    {"pair", SYS_socketpair,
     [] {
       int ends[2];
       return socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
     },
     socket_fields(1, 2, 0)},
};

TEST_F(Sockets, EveryWireFieldOfSocket) { expect_rows("socket", kSockets); }

Fields own_fields(int family, int type, int protocol, int port, const std::string& address, const std::string& path) {
  Fields fields = socket_fields(family, type, protocol);
  fields.insert({{"port", text(port)}, {"address", address}, {"path", path}});
  return fields;
}

std::function<int()> bind_to(int family, int type, const Endpoint& to) {
  return [=] { return bound_socket(family, type, to) < 0; };
}

const Row kBinds[] = {
    {"TCP", SYS_bind, bind_to(AF_INET, SOCK_STREAM, ipv4("127.0.0.1", 7001)),
     own_fields(2, 1, 6, 7001, "127.0.0.1", kNone)},
    {"any address", SYS_bind, bind_to(AF_INET, SOCK_DGRAM, ipv4("0.0.0.0", 0)),
     own_fields(2, 2, 17, 0, "0.0.0.0", kNone)},
    {"UDP over IPv6", SYS_bind, bind_to(AF_INET6, SOCK_DGRAM, ipv6("::1", 7002)),
     own_fields(10, 2, 17, 7002, "::1", kNone)},
    {"unix", SYS_bind, bind_to(AF_UNIX, SOCK_STREAM, unix_path("/run/bound-by-test", true)),
     own_fields(1, 1, 0, 0, kNone, "/run/bound-by-test")},
    {"unix, abstract", SYS_bind, bind_to(AF_UNIX, SOCK_DGRAM, unix_path(kAbstract, false)),
     own_fields(1, 2, 0, 0, kNone, kAbstract)},
    {"unix, unnamed", SYS_bind, bind_to(AF_UNIX, SOCK_DGRAM, unix_path("", false)),
     own_fields(1, 2, 0, 0, kNone, kNone)},
};

TEST_F(Sockets, EveryWireFieldOfBind) { expect_rows("bind", kBinds); }

Fields listen_fields(int family, int type, int protocol, int port, const std::string& address,
                     const std::string& path) {
  Fields fields = own_fields(family, type, protocol, port, address, path);
  fields["backlog"] = "4";
  return fields;
}

std::function<int()> listen_at(int family, const Endpoint& local) {
  return [=] { return listening_socket(family, local) < 0; };
}

const Row kListens[] = {
    {"TCP", SYS_listen, listen_at(AF_INET, ipv4("127.0.0.1", 7003)), listen_fields(2, 1, 6, 7003, "127.0.0.1", kNone)},
    {"IPv6", SYS_listen, listen_at(AF_INET6, ipv6("::", 7004)), listen_fields(10, 1, 6, 7004, "::", kNone)},
    {"not bound", SYS_listen, [] { return listen(socket(AF_INET, SOCK_STREAM, 0), 4); },
     listen_fields(2, 1, 6, 0, "0.0.0.0", kNone)},
    {"unix", SYS_listen, listen_at(AF_UNIX, unix_path("/run/listens-by-test", true)),
     listen_fields(1, 1, 0, 0, kNone, "/run/listens-by-test")},
    {"unix, abstract", SYS_listen, listen_at(AF_UNIX, unix_path(kAbstract, false)),
     listen_fields(1, 1, 0, 0, kNone, kAbstract)},
};

TEST_F(Sockets, EveryWireFieldOfListen) { expect_rows("listen", kListens); }

Fields send_fields(int family, int type, int protocol, int port, const std::string& address, const std::string& path,
                   int size) {
  Fields fields = own_fields(family, type, protocol, port, address, path);
  fields["size"] = text(size);
  return fields;
}

std::function<int()> send_to(int family, int type, const Endpoint& to, int flags = 0) {
  return [=] {
    sendto(socket(family, type, 0), "12345", 5, flags, to.get(), to.size);  // nobody need be there
    return 0;
  };
}

Endpoint without_family(Endpoint endpoint) {
  endpoint.storage.ss_family = AF_UNSPEC;
  return endpoint;
}

const Row kSends[] = {
    {"UDP", SYS_sendto, send_to(AF_INET, SOCK_DGRAM, ipv4("127.0.0.1", 7005)),
     send_fields(2, 2, 17, 7005, "127.0.0.1", kNone, 5)},
    {"UDP, no family", SYS_sendto, send_to(AF_INET, SOCK_DGRAM, without_family(ipv4("127.0.0.1", 7005))),
     send_fields(2, 2, 17, 7005, "127.0.0.1", kNone, 5)},
    {"UDP over IPv6", SYS_sendto, send_to(AF_INET6, SOCK_DGRAM, ipv6("::1", 7006)),
     send_fields(10, 2, 17, 7006, "::1", kNone, 5)},
    {"TCP Fast Open", SYS_sendto, send_to(AF_INET, SOCK_STREAM, ipv4("127.0.0.1", 7007), MSG_FASTOPEN),
     send_fields(2, 1, 6, 7007, "127.0.0.1", kNone, 5)},
    {"unix", SYS_sendto, send_to(AF_UNIX, SOCK_DGRAM, unix_path("/run/nobody", true)),
     send_fields(1, 2, 0, 0, kNone, "/run/nobody", 5)},
};

TEST_F(Sockets, EveryWireFieldOfSend) { expect_rows("send", kSends); }

// Sockets with a connection name no address, or one that is not used.
TEST_F(Sockets, NoSendOnConnections) {
  Child child([] {
    const Endpoint client = ipv4("127.0.0.1", 7008), server = ipv4("127.0.0.1", 7009);
    const Connection tcp = connect_both(AF_INET, client, server);
    if (sendto(tcp.client, "x", 1, 0, server.get(), server.size) != 1) return 1;
    const int udp = socket(AF_INET, SOCK_DGRAM, 0);
    if (connect(udp, server.get(), server.size) != 0 || send(udp, "x", 1, 0) != 1) return 2;
    sendto(udp, "last", 4, 0, client.get(), client.size);
    return 0;
  });
  EXPECT_EQ(0, child.wait());
  EXPECT_EQ("4", wire_fields(sensor().next_alert("send", child.pid())).at("send.size"));
}

// ---- calls ----

struct Call {
  const char* kind;
  const char* type;   // evt.type
  const char* flags;  // of the header
  std::function<int()> act;
};

int send_many() {
  const Endpoint first = ipv4("127.0.0.1", 7010);
  iovec piece{const_cast<char*>("xy"), 2};
  mmsghdr message{};
  message.msg_hdr.msg_name = const_cast<sockaddr*>(first.get());
  message.msg_hdr.msg_namelen = first.size;
  message.msg_hdr.msg_iov = &piece;
  message.msg_hdr.msg_iovlen = 1;
  return sendmmsg(socket(AF_INET, SOCK_DGRAM, 0), &message, 1, 0) != 1;
}

int send_message(bool ring) {
  const Endpoint to = ipv4("127.0.0.1", 7011);
  iovec piece{const_cast<char*>("xy"), 2};
  msghdr message{};
  message.msg_name = const_cast<sockaddr*>(to.get());
  message.msg_namelen = to.size;
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  const int udp = socket(AF_INET, SOCK_DGRAM, 0);
  if (!ring) return sendmsg(udp, &message, 0) != 2;
  io_uring_sqe operation{};
  operation.opcode = IORING_OP_SENDMSG;
  operation.fd = udp;
  operation.addr = reinterpret_cast<std::uint64_t>(&message);
  operation.len = 1;
  return through_ring(operation) != 2;
}

#if defined(__x86_64__)
constexpr long kSocketCall = 102, kSocket = 359, kBind = 361, kConnect = 362, kListen = 363, kSendTo = 369,
               kSendMessage = 370;

// i386's one call for all: which one, and its arguments in memory.
long socketcall(int which, std::initializer_list<std::uint32_t> arguments) {
  char* place = low_memory();
  std::memcpy(place, arguments.begin(), arguments.size() * sizeof(std::uint32_t));
  return call_32(kSocketCall, which, low(place));
}

char* low_address(const Endpoint& endpoint) {
  char* place = low_memory();
  std::memcpy(place, endpoint.get(), endpoint.size);
  return place;
}

int udp_socket() { return socket(AF_INET, SOCK_DGRAM, 0); }

int send_compat_message() {
  struct {
    std::uint32_t name, name_size, pieces, piece_count, control, control_size, flags;
  } message{};
  const Endpoint to = ipv4("127.0.0.1", 7012);
  char* place = low_memory();
  const std::uint32_t piece[] = {low(place), 2};
  std::memcpy(place + 8, piece, sizeof piece);
  message.name = low(low_address(to));
  message.name_size = to.size;
  message.pieces = low(place + 8);
  message.piece_count = 1;
  std::memcpy(place + 64, &message, sizeof message);
  return call_32(kSendMessage, udp_socket(), low(place + 64)) != 2;
}

const Endpoint kAnywhere = ipv4("127.0.0.1", 0), kSomewhere = ipv4("127.0.0.1", 7013);
#endif

const Call kCalls[] = {
    {"socket", "socket", "0", make(AF_INET, SOCK_DGRAM, 0)},
    {"send", "sendmsg", "0", [] { return send_message(false); }},
    {"send", "sendmmsg", "0", send_many},
    {"send", "io_uring", "0", [] { return send_message(true); }},
#if defined(__x86_64__)
    {"socket", "socket", "32", [] { return call_32(kSocket, AF_INET, SOCK_DGRAM, 0) < 0; }},
    {"socket", "socket", "32",
     [] {
       return socketcall(1, {AF_INET, SOCK_DGRAM, 0}) < 0;
     }},
    {"bind", "bind", "32",
     [] { return call_32(kBind, udp_socket(), low(low_address(kAnywhere)), kAnywhere.size) != 0; }},
    {"bind", "bind", "32",
     [] {
       return socketcall(2, {static_cast<std::uint32_t>(udp_socket()), low(low_address(kAnywhere)), kAnywhere.size}) !=
              0;
     }},
    {"connect", "connect", "32",
     [] { return call_32(kConnect, udp_socket(), low(low_address(kSomewhere)), kSomewhere.size) != 0; }},
    {"connect", "connect", "32",
     [] {
       const auto udp = static_cast<std::uint32_t>(udp_socket());
       return socketcall(3, {udp, low(low_address(kSomewhere)), kSomewhere.size}) != 0;
     }},
    {"listen", "listen", "32", [] { return call_32(kListen, socket(AF_INET, SOCK_STREAM, 0), 1) != 0; }},
    {"listen", "listen", "32",
     [] {
       return socketcall(4, {static_cast<std::uint32_t>(socket(AF_INET, SOCK_STREAM, 0)), 1}) != 0;
     }},
    {"send", "sendto", "32",
     [] {
       return call_32(kSendTo, udp_socket(), low(low_memory()), 2, 0, low(low_address(kSomewhere)), kSomewhere.size) !=
              2;
     }},
    {"send", "sendto", "32",
     [] {
       const auto udp = static_cast<std::uint32_t>(udp_socket());
       return socketcall(11, {udp, low(low_memory()), 2, 0, low(low_address(kSomewhere)), kSomewhere.size}) != 2;
     }},
    {"send", "sendmsg", "32", send_compat_message},
#endif
};

TEST_F(Sockets, EveryCall) {
  for (const Call& call : kCalls) {
    Child child(call.act);
    EXPECT_EQ(0, child.wait()) << call.kind << " by " << call.type << " " << call.flags;
    const Json alert = sensor().next_alert(call.kind, child.pid());
    ASSERT_FALSE(alert.is_null());
    // A call may need a socket made first, by an ordinary call.
    EXPECT_EQ(call.type, alert.at("event").at("type")) << call.kind;
    EXPECT_EQ(call.flags, wire_fields(alert).at("header.flags")) << call.kind << " by " << call.type;
  }
}

constexpr int kRingSocket = 45, kRingBind = 56, kRingListen = 57;  // IORING_OP_*: since 5.19, 6.11, 6.11

bool ring_is_refused(int result) { return result == -EINVAL; }

// On kernels whose io_uring has no such operation there is nothing to see.
TEST_F(Sockets, ThroughIoUring) {
  Child child([] {
    io_uring_sqe operation{};
    operation.opcode = kRingSocket;
    operation.fd = AF_INET;
    operation.off = SOCK_STREAM;
    const int made = through_ring(operation);
    if (ring_is_refused(made)) return 10;
    const Endpoint local = ipv4("127.0.0.1", 7014);
    io_uring_sqe bind_operation{};
    bind_operation.opcode = kRingBind;
    bind_operation.fd = made;
    bind_operation.addr = reinterpret_cast<std::uint64_t>(local.get());
    bind_operation.off = local.size;
    if (const int bound = through_ring(bind_operation); bound != 0) return ring_is_refused(bound) ? 11 : 1;
    io_uring_sqe listen_operation{};
    listen_operation.opcode = kRingListen;
    listen_operation.fd = made;
    listen_operation.len = 3;
    return through_ring(listen_operation) != 0 ? 2 : 12;
  });
  const int code = WEXITSTATUS(child.wait());
  const char* const kInOrder[] = {"socket", "bind", "listen"};
  ASSERT_GE(code, 10);
  for (int i = 0; i < (code == 10 ? 0 : code == 11 ? 1 : 3); ++i) {
    const Json alert = sensor().next_alert(kInOrder[i], child.pid());
    ASSERT_FALSE(alert.is_null());
    EXPECT_EQ("io_uring", alert.at("event").at("type")) << kInOrder[i];
  }
}

}  // namespace
}  // namespace picket::test
