// SPDX-License-Identifier: Apache-2.0
//
// fd.* of sockets, by example.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <vector>

#include "rules/event/catalogue.h"
#include "tests/support/fields.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using namespace std::string_literals;
using test::expect;
using test::show;

TEST(SocketFields, RemoteAddresses) {
  using Bytes = std::array<unsigned char, 16>;
  const Bytes loopback6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  const Bytes mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 169, 254, 169, 254};
  const struct {
    pk_u16 family;
    Bytes bytes;
    const char *name, *ip, *type, *letter, *family_name;
  } rows[] = {
      {AF_INET, {10, 1, 2, 3}, "10.1.2.3:8080", "10.1.2.3", "ipv4", "4", "ip"},
      {AF_INET6, loopback6, "[::1]:8080", "::1", "ipv6", "6", "ip"},
      {AF_INET6, mapped, "169.254.169.254:8080", "169.254.169.254", "ipv4", "4", "ip"},
      {AF_NETLINK, {}, "<NA>", "<NA>", "other", "o", "<NA>"},
  };
  const Process process;
  for (const auto& row : rows) {
    test::Record<pk_connect> connect(Kind::connect);
    connect->family = row.family;
    connect->port = 8080;
    std::copy(row.bytes.begin(), row.bytes.end(), connect->address.bytes);
    expect(connect.event(process), {{"fd.name", row.name},
                                    {"fd.ip", row.ip},
                                    {"fd.rip", row.ip},
                                    {"fd.sip", row.ip},
                                    {"fd.rport", row.family == AF_NETLINK ? "<NA>" : "8080"},
                                    {"fd.type", row.type},
                                    {"fd.typechar", row.letter},
                                    {"fd.sockfamily", row.family_name}});
  }
}

// Each kind of event about a socket: which ends it tells, and who is the client.
TEST(SocketFields, Ends) {
  const Process process;
  const auto near = [](auto& record) {
    record->family = AF_INET;
    record->type = SOCK_STREAM;
    record->protocol = 6;
    record->port = 22;
    record->address = {{10, 0, 0, 1}};
  };
  const auto far = [&near](auto& record) {
    near(record);
    record->port = 4000;
    record->address = {{10, 0, 0, 2}};
    record->local_port = 22;
    record->local_address = {{10, 0, 0, 1}};
  };
  using Expected = std::vector<std::pair<const char*, const char*>>;
  const auto expect_ends = [&process](auto& record, const char* name, const Expected& ends) {
    Event event = record.event(process);
    event.host_name = "far.test";
    EXPECT_EQ(show("fd.name", event), name);
    for (const auto& [field, value] : ends) EXPECT_EQ(show(field, event), value) << field << " of " << name;
  };

  test::Record<pk_bind> bind(Kind::bind);
  near(bind);
  expect_ends(bind, "10.0.0.1:22",
              {{"fd.ip", "10.0.0.1"},
               {"fd.lip", "10.0.0.1"},
               {"fd.sip", "10.0.0.1"},
               {"fd.lport", "22"},
               {"fd.sport", "22"},
               {"fd.rip", "<NA>"},
               {"fd.cip", "<NA>"},
               {"fd.sip.name", "<NA>"},
               {"fd.l4proto", "tcp"},
               {"fd.type", "ipv4"}});
  test::Record<pk_listen> listen(Kind::listen);
  near(listen);
  expect_ends(listen, "10.0.0.1:22", {{"fd.sip", "10.0.0.1"}, {"fd.rport", "<NA>"}});
  test::Record<pk_send> send(Kind::send);
  near(send);
  expect_ends(send, "10.0.0.1:22",
              {{"fd.rip", "10.0.0.1"},
               {"fd.sip", "10.0.0.1"},
               {"fd.lip", "<NA>"},
               {"fd.cip", "<NA>"},
               {"fd.rip.name", "far.test"},
               {"fd.sip.name", "far.test"},
               {"fd.cip.name", "<NA>"}});
  test::Record<pk_accept> accept(Kind::accept);
  far(accept);
  expect_ends(accept, "10.0.0.2:4000->10.0.0.1:22",
              {{"fd.rip", "10.0.0.2"},
               {"fd.cip", "10.0.0.2"},
               {"fd.cport", "4000"},
               {"fd.lip", "10.0.0.1"},
               {"fd.sip", "10.0.0.1"},
               {"fd.sport", "22"},
               {"fd.ip", "10.0.0.2"},
               {"fd.port", "4000"},
               {"fd.sip.name", "<NA>"},
               {"fd.cip.name", "far.test"}});
  test::Record<pk_close> close(Kind::close);
  far(close);
  expect_ends(close, "10.0.0.1:22->10.0.0.2:4000",
              {{"fd.rip", "10.0.0.2"},
               {"fd.lip", "10.0.0.1"},
               {"fd.sip", "<NA>"},
               {"fd.cip", "<NA>"},
               {"fd.rip.name", "far.test"},
               {"fd.sip.name", "<NA>"}});
  close->role = 1;
  expect_ends(close, "10.0.0.1:22->10.0.0.2:4000", {{"fd.sip", "10.0.0.2"}, {"fd.cip", "10.0.0.1"}});
  close->role = 2;
  expect_ends(close, "10.0.0.2:4000->10.0.0.1:22", {{"fd.sip", "10.0.0.1"}, {"fd.cip", "10.0.0.2"}});
  test::Record<pk_dup> dup(Kind::dup);
  far(dup);
  expect_ends(
      dup, "10.0.0.1:22->10.0.0.2:4000",
      {{"fd.num", "0"}, {"fd.rip", "10.0.0.2"}, {"fd.sip", "<NA>"}, {"fd.type", "ipv4"}, {"fd.filename", "<NA>"}});

  // Either end will do.
  const Event event = accept.event(process);
  EXPECT_EQ(test::show_each("fd.port", event), "4000 22 ");
}

TEST(SocketFields, State) {
  const Process process;
  const auto state = [&process](auto record) {
    record->family = AF_INET;
    Event event = record.event(process);
    event.local_name = "near.test";
    return show("fd.is_server", event) + " " + show("fd.connected", event) + " " + show("fd.name_changed", event) +
           " " + show("fd.lip.name", event);
  };
  EXPECT_EQ(state(test::Record<pk_bind>(Kind::bind)), "true false false near.test");
  EXPECT_EQ(state(test::Record<pk_listen>(Kind::listen)), "true false false near.test");
  EXPECT_EQ(state(test::Record<pk_accept>(Kind::accept)), "true true false near.test");
  EXPECT_EQ(state(test::Record<pk_connect>(Kind::connect)), "false true true <NA>");
  EXPECT_EQ(state(test::Record<pk_send>(Kind::send)), "false false true <NA>");
  EXPECT_EQ(state(test::Record<pk_close>(Kind::close)), "<NA> true false near.test");
  EXPECT_EQ(state(test::Record<pk_dup>(Kind::dup)), "<NA> false false near.test");
  EXPECT_EQ(state(test::Record<pk_socket>(Kind::socket)), "<NA> <NA> <NA> <NA>");

  test::Record<pk_connect> connect(Kind::connect);
  connect->family = AF_INET;
  Event event = connect.event(process);
  event.result = -ECONNREFUSED;
  EXPECT_EQ(show("fd.connected", event), "false");
}

// fd.net and its kin are the addresses; what makes them networks is the literal.
TEST(SocketFields, Networks) {
  const Process process;
  test::Record<pk_accept> accept(Kind::accept);
  accept->family = AF_INET;
  accept->address = {{10, 0, 0, 2}};
  accept->local_address = {{10, 0, 0, 1}};
  const Event event = accept.event(process);
  expect(event, {{"fd.rnet", "10.0.0.2"}, {"fd.lnet", "10.0.0.1"}, {"fd.cnet", "10.0.0.2"}, {"fd.snet", "10.0.0.1"}});
  EXPECT_EQ(test::show_each("fd.net", event), "10.0.0.2 10.0.0.1 ");
  for (const char* name : {"fd.net", "fd.rnet", "fd.lnet", "fd.cnet", "fd.snet"}) {
    EXPECT_EQ(find_field(name)->type, Type::Network) << name;
  }
}

TEST(SocketFields, SocketsThatAreMade) {
  const struct {
    pk_u16 family, type, protocol;
    const char *type_name, *letter, *family_name, *protocol_name;
  } rows[] = {
      {AF_INET, SOCK_STREAM, 0, "ipv4", "4", "ip", "tcp"},    {AF_INET6, SOCK_DGRAM, 0, "ipv6", "6", "ip", "udp"},
      {AF_INET, SOCK_STREAM, 132, "ipv4", "4", "ip", "sctp"}, {AF_INET, SOCK_RAW, 1, "ipv4", "4", "ip", "raw"},
      {AF_UNIX, SOCK_STREAM, 0, "unix", "u", "unix", "<NA>"}, {AF_PACKET, SOCK_RAW, 768, "other", "o", "<NA>", "<NA>"}};
  const Process process;
  for (const auto& row : rows) {
    test::Record<pk_socket> socket(Kind::socket);
    socket->family = row.family;
    socket->type = row.type;
    socket->protocol = row.protocol;
    expect(socket.event(process), {{"fd.type", row.type_name},
                                   {"fd.typechar", row.letter},
                                   {"fd.sockfamily", row.family_name},
                                   {"fd.l4proto", row.protocol_name},
                                   {"fd.name", "<NA>"},
                                   {"fd.ip", "<NA>"}});
  }
}

TEST(SocketFields, CopiedFilesAreFiles) {
  const Process process;
  test::Record<pk_dup> dup(Kind::dup);
  dup->mode = S_IFIFO | 0600;
  dup.text(&pk_dup::path, "/run/fifo");
  expect(dup.event(process), {{"fd.name", "/run/fifo"},
                              {"fd.directory", "/run"},
                              {"fd.filename", "fifo"},
                              {"fd.type", "pipe"},
                              {"fd.ip", "<NA>"},
                              {"fd.sockfamily", "<NA>"}});
}

TEST(SocketFields, UnixSockets) {
  const Process process;
  test::Record<pk_connect> connect(Kind::connect);
  connect->family = AF_UNIX;
  connect.text(&pk_connect::path, "/run/x.sock");
  expect(connect.event(process), {{"fd.name", "/run/x.sock"},
                                  {"fd.type", "unix"},
                                  {"fd.typechar", "u"},
                                  {"fd.sockfamily", "unix"},
                                  {"fd.rip", "<NA>"},
                                  {"fd.rport", "<NA>"},
                                  {"fd.l4proto", "<NA>"}});
  connect.text(&pk_connect::path, "\0bus\0x"s);
  EXPECT_EQ(show("fd.name", connect.event(process)), "@bus@x");
}

TEST(SocketFields, Protocols) {
  const struct {
    pk_u16 type, protocol;
    const char* expected;
  } rows[] = {{1, IPPROTO_TCP, "tcp"},     {1, 262, "tcp"},         {2, IPPROTO_UDP, "udp"}, {2, IPPROTO_ICMP, "icmp"},
              {2, IPPROTO_ICMPV6, "icmp"}, {3, IPPROTO_TCP, "raw"}, {1, 250, "<NA>"}};
  const Process process;
  for (const auto& row : rows) {
    test::Record<pk_connect> connect(Kind::connect);
    connect->family = AF_INET;
    connect->type = row.type;
    connect->protocol = row.protocol;
    EXPECT_EQ(show("fd.l4proto", connect.event(process)), row.expected) << row.protocol;
  }
}

}  // namespace
}  // namespace picket
