// SPDX-License-Identifier: Apache-2.0
//
// Unix sockets that have a file: every wire field, and that a rule about the file refuses by whichever name the client
// comes. More ways round such a rule are gone by evasion_unix_test.cpp.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <functional>
#include <map>
#include <utility>

#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/network.h"
#include "tests/kernel/support/refusal.h"
#include "tests/kernel/support/suite.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

const std::string kServers = "/run/unix-servers/", kOther = "/run/unix-clients/";

Endpoint at(const std::string& path) { return unix_path(path, true); }

int connect_to(int type, const Endpoint& to) {
  return failure(connect(socket(AF_UNIX, type | SOCK_CLOEXEC, 0), to.get(), to.size));
}

int send_to(const Endpoint& to) {
  return failure(sendto(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "x", 1, 0, to.get(), to.size));
}

// Sockets that serve, and other ways to one of them.
class UnixServers {
 public:
  UnixServers() {
    std::filesystem::create_directories(kServers);
    std::filesystem::create_directories(kOther + "bound");
    for (const auto& [name, type] : kSockets) {
      const int server = bound_socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, at(kServers + name));
      EXPECT_LE(0, server) << name;
      if (type != SOCK_DGRAM) {
        EXPECT_EQ(0, listen(server, 100)) << name;
      }
      servers_[name] = server;
    }
    EXPECT_EQ(0, symlink((kServers + "stream").c_str(), (kOther + "symlink").c_str()));
    EXPECT_EQ(0, link((kServers + "stream").c_str(), (kOther + "link").c_str()));
    EXPECT_EQ(0, mount(kServers.c_str(), (kOther + "bound").c_str(), nullptr, MS_BIND, nullptr));
  }
  ~UnixServers() {
    for (const auto& [name, server] : servers_) close(server);
    umount2((kOther + "bound").c_str(), MNT_DETACH);
    std::filesystem::remove_all(kServers);
    std::filesystem::remove_all(kOther);
  }
  UnixServers(const UnixServers&) = delete;
  UnixServers& operator=(const UnixServers&) = delete;

  // Whether somebody has connected to it, or sent it something, since it was last asked.
  bool has_got_something(const std::string& name) const {
    char byte;
    const int server = servers_.at(name);
    const int client = accept(server, nullptr, nullptr);
    if (client >= 0) close(client);
    return client >= 0 || recv(server, &byte, 1, 0) == 1;
  }

 private:
  static constexpr std::pair<const char*, int> kSockets[] = {
      {"stream", SOCK_STREAM}, {"seqpacket", SOCK_SEQPACKET}, {"datagrams", SOCK_DGRAM}, {"free", SOCK_STREAM}};

  std::map<std::string, int> servers_;
};

Fields expected(const std::string& name, int type) {
  struct stat status {};
  EXPECT_EQ(0, stat((kServers + name).c_str(), &status));
  return {{"unix_connect.inode", std::to_string(status.st_ino)},
          {"unix_connect.device", std::to_string(kernel_device(status.st_dev))},
          {"unix_connect.type", std::to_string(type)},
          {"unix_connect.mode", std::to_string(status.st_mode)},
          {"unix_connect.path", kServers + name}};
}

class UnixConnect : public SharedSensor<UnixConnect> {
 public:
  static std::string rules() { return wire_rule("unix_connect", "unix_connect", "unix_connect.type exists"); }

 protected:
  static void expect(int syscall, const std::string& name, int type, const std::function<int()>& act) {
    SCOPED_TRACE(name + " by call " + std::to_string(syscall));
    expect_event(sensor(), "unix_connect", syscall, act, expected(name, type));
  }

  const UnixServers servers_;
};

TEST_F(UnixConnect, EveryWireField) {
  expect(SYS_connect, "stream", SOCK_STREAM, [] { return connect_to(SOCK_STREAM, at(kServers + "stream")); });
  expect(SYS_connect, "seqpacket", SOCK_SEQPACKET,
         [] { return connect_to(SOCK_SEQPACKET, at(kServers + "seqpacket")); });
  expect(SYS_connect, "datagrams", SOCK_DGRAM, [] { return connect_to(SOCK_DGRAM, at(kServers + "datagrams")); });
  expect(SYS_sendto, "datagrams", SOCK_DGRAM, [] { return send_to(at(kServers + "datagrams")); });
  every_field_was_checked("unix_connect");
}

// However the client names it, the path is the server's.
TEST_F(UnixConnect, TheServersPath) {
  for (const std::string name : {"symlink", "link", "bound/stream"}) {
    SCOPED_TRACE(name);
    expect(SYS_connect, "stream", SOCK_STREAM, [&] { return connect_to(SOCK_STREAM, at(kOther + name)); });
  }
  expect(SYS_connect, "stream", SOCK_STREAM,
         [] { return chdir(kServers.c_str()) != 0 ? 99 : connect_to(SOCK_STREAM, at("stream")); });
}

// An abstract name, and no name at all: what is told is the connection to the file.
TEST_F(UnixConnect, WithoutAFile) {
  expect(SYS_connect, "stream", SOCK_STREAM, [] {
    const Endpoint abstract = unix_path(std::string("\0nowhere", 8), false);
    const int server = bound_socket(AF_UNIX, SOCK_STREAM, abstract);
    int pair[2];
    if (listen(server, 1) != 0 || connect_to(SOCK_STREAM, abstract) != 0) return 99;
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0 || write(pair[0], "x", 1) != 1) return 98;
    return connect_to(SOCK_STREAM, at(kServers + "stream"));
  });
}

class EnforceUnix : public SharedSensor<EnforceUnix> {
 public:
  static std::string rules() {
    return deny("by path", "unix_connect.path = " + kServers + "stream", "  errno: EACCES\n") +
           deny("by name",
                "evt.type in (unix_connect, unix_send) and fd.name in (" + kServers + "seqpacket, " + kServers +
                    "datagrams)",
                "  errno: EACCES\n") +
           "- rule: ended\n  desc: d\n  condition: unix_connect.path = " + kServers +
           "free and evt.rawres = 0\n  output: connected\n  priority: DEBUG\n";
  }

 protected:
  static int connected(const std::string& path, int type = SOCK_STREAM) {
    return attempt([&] { return connect_to(type, at(path)); });
  }

  const UnixServers servers_;
};

TEST_F(EnforceUnix, ByWhicheverNameTheClientComes) {
  for (const std::string& path : {kServers + "stream", kOther + "symlink", kOther + "link", kOther + "bound/stream",
                                  kServers + "../unix-servers/stream", "/proc/self/root" + kServers + "stream"}) {
    EXPECT_EQ(EACCES, connected(path)) << path;
    EXPECT_FALSE(servers_.has_got_something("stream")) << path;
    const Json alert = sensor().next_alert("by path");
    ASSERT_FALSE(alert.is_null()) << path;
    EXPECT_EQ("denied", alert.at("event").at("decision"));
    EXPECT_EQ("EACCES", alert.at("event").at("error"));
    EXPECT_EQ(kServers + "stream", alert.at("event").at("unix_connect").at("path"));
  }
  EXPECT_EQ(0, connected(kServers + "free"));
  EXPECT_TRUE(servers_.has_got_something("free"));
}

TEST_F(EnforceUnix, OfEveryType) {
  EXPECT_EQ(EACCES, connected(kServers + "seqpacket", SOCK_SEQPACKET));
  EXPECT_EQ(EACCES, connected(kServers + "datagrams", SOCK_DGRAM));
  EXPECT_EQ(EACCES, attempt([] { return send_to(at(kServers + "datagrams")); }));
  EXPECT_FALSE(servers_.has_got_something("seqpacket"));
  EXPECT_FALSE(servers_.has_got_something("datagrams"));
}

// By the end of the call that it came by.
TEST_F(EnforceUnix, HowItEnded) {
  EXPECT_EQ(0, connected(kServers + "free"));
  const Json alert = sensor().next_alert("ended");
  ASSERT_FALSE(alert.is_null());
  EXPECT_EQ("success", alert.at("event").at("outcome"));
  EXPECT_EQ(0, alert.at("event").at("result"));
}

// The file then has the path from the client's root, and the one that the host has for it, which counts, too. (On 5.10
// to 5.16 only the first.)
TEST(EnforceUnixRoot, OfTheClients) {
  const UnixServers servers;
  Sensor sensor({.rules = EnforceUnix::rules()});
  EXPECT_EQ(EACCES, attempt([] {
              if (chroot(kServers.c_str()) != 0 || chdir("/") != 0) return 99;
              return connect_to(SOCK_STREAM, at("/stream"));
            }));
  const Json alert = sensor.next_alert("by path");
  ASSERT_FALSE(alert.is_null());
  EXPECT_EQ(kServers + "stream", alert.at("event").at("unix_connect").at("path"));
  EXPECT_EQ("/stream", alert.at("event").at("reached_by"));
}

}  // namespace
}  // namespace picket::test
