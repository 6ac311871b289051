// SPDX-License-Identifier: Apache-2.0
//
// dns: answers of a name server on this machine, every wire field and derived field; and the names that connections get
// from them.
#include <gtest/gtest.h>
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

using namespace std::string_literals;

// What stands before the question: id 7, a response, no error; one question and so many answers.
std::string head(int answers) { return "\0\7\x81\x80\0\1\0"s + static_cast<char>(answers) + "\0\0\0\0"s; }

const std::string kQuestion = "\3www\7example\4test\0\0\1\0\1"s;              // www.example.test, A, IN
const std::string kWhole = "\xc0\x0c"s;                                       // a pointer to that name
const std::string kAlias = kWhole + "\0\5\0\1\0\0\0\x3c\0\7\4real\xc0\x10"s;  // CNAME real.example.test
const std::string kReal = "\xc0\x2e"s;                                        // a pointer to the alias's name
const std::string kA = kReal + "\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\x4d"s;         // A 127.0.0.77
const std::string kAaaa = kReal + "\0\x1c\0\1\0\0\0\x3c\0\x10"s + "\x20\1\x0d\xb8"s + std::string(11, '\0') + "\7"s;
const std::string kMessage = head(3) + kQuestion + kAlias + kA + kAaaa;
const std::string kQuery = "\0\7\1\0\0\1\0\0\0\0\0\0"s + kQuestion;

// Both ends of a conversation with a name server, in one process.
class Resolver {
 public:
  Resolver(int family, const Endpoint& server) : family_(family), to_(server) {
    server_ = bound_socket(family, SOCK_DGRAM, server);
    client_ = socket(family, SOCK_DGRAM, 0);
  }

  bool ready() const { return server_ >= 0 && client_ >= 0; }
  int client() const { return client_; }

  // The server answers with these bytes, which are there to be received when this returns.
  bool answer(const std::string& message, int flags = 0) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    char query[512];
    if (sendto(client_, kQuery.data(), kQuery.size(), 0, to_.get(), to_.size) < 0) return false;
    if (recvfrom(server_, query, sizeof query, 0, reinterpret_cast<sockaddr*>(&from), &size) < 0) return false;
    if (connect(server_, reinterpret_cast<sockaddr*>(&from), size) != 0) return false;
    if (flags == 0) return send(server_, message.data(), message.size(), 0) >= 0;
    // In two pieces of one packet: the second lies in a page of its own.
    return send(server_, message.data(), 20, MSG_MORE) == 20 &&
           send(server_, message.data() + 20, message.size() - 20, 0) >= 0;
  }

  long receive(int flags = 0) {
    char buffer[8192];
    return recv(client_, buffer, sizeof buffer, flags);
  }

 private:
  int family_;
  Endpoint to_;
  int server_, client_;
};

class Dns : public SharedSensor<Dns> {
 public:
  static std::string rules() {
    return wire_rule("dns", "dns", "dns.question = www.example.test") + R"(
- rule: derived
  desc: What is read from the message.
  condition: dns.family exists
  output: "question=%dns.question\ntype=%dns.type\nrcode=%dns.rcode\nanswers=%dns.answers\nsize=%header.size"
  priority: DEBUG
)";
  }
};

TEST_F(Dns, EveryWireField) {
  struct {
    int family;
    Endpoint server;
    const char *number, *address;
  } const kServers[] = {{AF_INET, ipv4("127.0.0.1", 53), "2", "127.0.0.1"}, {AF_INET6, ipv6("::1", 53), "10", "::1"}};
  for (const auto& row : kServers) {
    SCOPED_TRACE(row.address);
    Child child([&] {
      Resolver resolver(row.family, row.server);
      if (!resolver.ready() || !resolver.answer(kMessage)) return 1;
      // Peeking is not receiving.
      const long size = static_cast<long>(kMessage.size());
      return resolver.receive(MSG_PEEK) == size && resolver.receive() == size ? 0 : 2;
    });
    const std::uint64_t before = boot_clock();
    child.go();
    const Json alert = sensor().next_alert("dns", child.pid());
    Fields actual = wire_fields(alert);
    Fields expected = ordinary_header(actual, "dns", child.pid(), SYS_recvfrom, before);
    expected.insert(
        {{"dns.family", row.number}, {"dns.protocol", "17"}, {"dns.port", "53"}, {"dns.address", row.address}});
    // The message is the last field, and may hold any byte.
    const std::string text = message_of(alert);
    EXPECT_NE(text.npos, text.find("dns.message=")) << text;
    actual["dns.message"] = expected["dns.message"] = "compared below";
    expect_fields(actual, expected);
    EXPECT_EQ(0, child.wait());
    const long events = std::count_if(sensor().alerts().begin(), sensor().alerts().end(),
                                      [&](const Json& each) { return pid_of(each) == child.pid(); });
    EXPECT_EQ(1, events);
    const Json& dns = alert.at("event").at("dns");
    EXPECT_EQ("www.example.test", dns.at("question").at("name"));
    EXPECT_EQ("A", dns.at("question").at("type"));
    EXPECT_EQ("NOERROR", dns.at("rcode"));
    EXPECT_EQ(Json::parse(R"([
      {"name": "www.example.test", "type": "CNAME", "ttl": 60, "data": "real.example.test"},
      {"name": "real.example.test", "type": "A", "ttl": 60, "data": "127.0.0.77"},
      {"name": "real.example.test", "type": "AAAA", "ttl": 60, "data": "2001:db8::7"}])"),
              dns.at("answers"));
  }
}

// The message in the packet itself and in a page; a long one is cut at 4096 bytes.
TEST_F(Dns, MessagesInPages) {
  const std::string longer = kMessage + std::string(5000, '\0');
  for (const std::string& message : {kMessage, longer}) {
    Child child([&] {
      Resolver resolver(AF_INET, ipv4("127.0.0.1", 53));
      if (!resolver.ready() || !resolver.answer(message, MSG_MORE)) return 1;
      return resolver.receive() == static_cast<long>(message.size()) ? 0 : 2;
    });
    EXPECT_EQ(0, child.wait());
    const Json alert = sensor().next_alert("dns", child.pid());
    EXPECT_EQ(3u, alert.at("event").at("dns").at("answers").size());
  }
}

// Queries, other ports and other protocols are not answers.
TEST_F(Dns, NoneOfOtherPackets) {
  const std::size_t said_before = sensor().alerts().size();
  Child child([] {
    Resolver elsewhere(AF_INET, ipv4("127.0.0.1", 5353)), resolver(AF_INET, ipv4("127.0.0.1", 53));
    if (!elsewhere.answer(kMessage) || elsewhere.receive() < 0) return 1;
    if (!resolver.answer(kQuery) || resolver.receive() < 0) return 2;
    return 0;
  });
  Child last([] {
    Resolver resolver(AF_INET, ipv4("127.0.0.1", 53));
    return resolver.answer(head(0) + kQuestion) && resolver.receive() > 0 ? 0 : 1;
  });
  EXPECT_EQ(0, child.wait());
  EXPECT_EQ(0, last.wait());
  sensor().next_alert("dns", last.pid());
  EXPECT_EQ(said_before + 1, sensor().alerts().size()) << sensor().alerts().back();
}

// The rule asks for the name only: that brings the answers along.
TEST(HostName, OfAConnection) {
  Sensor sensor({.rules = R"(
- rule: connect
  desc: By name.
  condition: connect.family exists and fd.sip.name = www.example.test
  output: "name=%fd.rip.name\naddress=%fd.rip"
  priority: DEBUG
- rule: send
  desc: By name.
  condition: send.family exists and fd.rip.name endswith .test
  output: "name=%fd.sip.name\naddress=%fd.rip"
  priority: DEBUG
- rule: close
  desc: By name.
  condition: close.family exists and fd.rip.name exists
  output: "name=%fd.sip.name\nclient=%fd.cip.name"
  priority: DEBUG
)"});
  Child child([] {
    Resolver resolver(AF_INET, ipv4("127.0.0.1", 53));
    if (!resolver.answer(kMessage) || resolver.receive() < 0) return 1;
    const Endpoint host = ipv4("127.0.0.77", 7301);
    sendto(socket(AF_INET, SOCK_DGRAM, 0), "x", 1, 0, host.get(), host.size);
    close(connect_both(AF_INET, ipv4("127.0.0.1", 7302), host).client);
    return 0;
  });
  EXPECT_EQ(0, child.wait());
  const Fields expected = {{"name", "www.example.test"}, {"address", "127.0.0.77"}};
  EXPECT_EQ(expected, wire_fields(sensor.next_alert("send", child.pid())));
  const Json connect = sensor.next_alert("connect", child.pid());
  EXPECT_EQ(expected, wire_fields(connect));
  EXPECT_EQ("www.example.test", connect.at("event").at("remote_name"));
  const Fields closed = {{"name", "www.example.test"}, {"client", "<NA>"}};
  EXPECT_EQ(closed, wire_fields(sensor.next_alert("close", child.pid())));
}

}  // namespace
}  // namespace picket::test
