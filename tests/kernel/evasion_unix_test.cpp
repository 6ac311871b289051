// SPDX-License-Identifier: Apache-2.0
//
// Ways round a rule about a unix socket by its file: other names of the file, other calls, descriptors of others.
// tests/kernel/evasion/ways.def names them, the table of docs/evasion.md shows them.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "tests/kernel/evasion/evasion.h"
#include "tests/kernel/support/compat.h"
#include "tests/kernel/support/network.h"
#include "tests/kernel/support/ring.h"

namespace picket::test {
namespace {

constexpr const char* kName = "/socket";

std::string socket_of(const Scene& scene) { return scene.directory + kName; }
Endpoint at(const std::string& path) { return unix_path(path, true); }
std::uint64_t address(const void* of) { return reinterpret_cast<std::uint64_t>(of); }
int error_of(int result) { return result < 0 ? -result : 0; }

// Who serves the scene's socket, in the test itself: whether anything came.
class Server {
 public:
  explicit Server(int type) : type_(type) {}
  ~Server() { close(socket_); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void open(const Scene& scene) {
    close(socket_);
    socket_ = bound_socket(AF_UNIX, type_ | SOCK_NONBLOCK | SOCK_CLOEXEC, at(socket_of(scene)));
    EXPECT_LE(0, socket_);
    if (type_ == SOCK_STREAM) {
      EXPECT_EQ(0, listen(socket_, 1));
    }
  }
  bool has_got_something() const {
    char byte;
    if (type_ != SOCK_STREAM) return recv(socket_, &byte, 1, 0) == 1;
    const int got = accept(socket_, nullptr, nullptr);
    if (got >= 0) close(got);
    return got >= 0;
  }

 private:
  int type_;
  int socket_ = -1;
};

// A way of which the effect is that something arrives at the server.
Way way_to(std::shared_ptr<Server> server, const Act& act, const std::function<void(Scene&)>& prepare = {}) {
  return {.rule = "unix_connect",
          .prepare =
              [server, prepare](Scene& scene) {
                server->open(scene);
                if (prepare) prepare(scene);
              },
          .act = act,
          .happened = [server](const Scene&) { return server->has_got_something(); }};
}

Way way_to_stream(const Act& act, const std::function<void(Scene&)>& prepare = {}) {
  return way_to(std::make_shared<Server>(SOCK_STREAM), act, prepare);
}

Way way_to_datagrams(const Act& act, const std::function<void(Scene&)>& prepare = {}) {
  return way_to(std::make_shared<Server>(SOCK_DGRAM), act, prepare);
}

int connect_to(const std::string& path) {
  const Endpoint to = at(path);
  return failure(connect(socket(AF_UNIX, SOCK_STREAM, 0), to.get(), to.size));
}

// One byte to the address, as sendmsg takes it. It stays where it is: it points to itself.
struct Letter {
  explicit Letter(const Endpoint& address) : to(address) {
    header.msg_name = &to.storage;
    header.msg_namelen = to.size;
    header.msg_iov = &data;
    header.msg_iovlen = 1;
  }
  Letter(const Letter&) = delete;
  Letter& operator=(const Letter&) = delete;

  char byte = 'x';
  iovec data{&byte, 1};
  Endpoint to;
  msghdr header{};
};

}  // namespace

TEST_F(Evasion, UnixSymbolicLink) {
  go(way_to_stream([](const Scene& scene) {
    const std::string link = scene.outside / "link";
    return symlink(socket_of(scene).c_str(), link.c_str()) != 0 ? 123 : connect_to(link);
  }));
}

TEST_F(Evasion, UnixHardLink) {
  go(way_to_stream(
      [](const Scene& scene) { return connect_to(scene.outside / "link"); },
      [](Scene& scene) { ASSERT_EQ(0, link(socket_of(scene).c_str(), (scene.outside / "link").c_str())); }));
}

TEST_F(Evasion, UnixBindMount) {
  go(way_to_stream([](const Scene& scene) {
    const std::string to = scene.outside / "mount";
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mkdir(to.c_str(), 0777) != 0 || mount(scene.directory.c_str(), to.c_str(), nullptr, MS_BIND, nullptr) != 0) {
      return 123;
    }
    return connect_to(to + kName);
  }));
}

TEST_F(Evasion, UnixChroot) {
  go(way_to_stream([](const Scene& scene) { return chroot(scene.directory.c_str()) != 0 ? 123 : connect_to(kName); }));
}

TEST_F(Evasion, UnixRelative) {
  go(way_to_stream(
      [](const Scene& scene) { return chdir(scene.directory.c_str()) != 0 ? 123 : connect_to(&kName[1]); }));
}

TEST_F(Evasion, UnixOwnRoot) {
  go(way_to_stream([](const Scene& scene) { return connect_to("/proc/self/root" + socket_of(scene)); }));
}

TEST_F(Evasion, UnixDescriptor) {
  go(way_to_stream([](const Scene& scene) {
    const int file = open(socket_of(scene).c_str(), O_PATH);
    return file < 0 ? 123 : connect_to(descriptor_link(file));
  }));
}

TEST_F(Evasion, UnixRing) {
  go(way_to_stream([](const Scene& scene) {
    const Endpoint to = at(socket_of(scene));
    io_uring_sqe operation{};
    operation.opcode = IORING_OP_CONNECT;
    operation.fd = socket(AF_UNIX, SOCK_STREAM, 0);
    operation.addr = address(to.get());
    operation.off = to.size;
    return error_of(through_ring(operation));
  }));
}

TEST_F(Evasion, UnixDatagram) {
  go(way_to_datagrams([](const Scene& scene) {
    const Letter letter(at(socket_of(scene)));
    return failure(sendmsg(socket(AF_UNIX, SOCK_DGRAM, 0), &letter.header, 0));
  }));
}

TEST_F(Evasion, UnixRingDatagram) {
  go(way_to_datagrams([](const Scene& scene) {
    const Letter letter(at(socket_of(scene)));
    io_uring_sqe operation{};
    operation.opcode = IORING_OP_SENDMSG;
    operation.fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    operation.addr = address(&letter.header);
    operation.len = 1;
    return error_of(through_ring(operation));
  }));
}

// No address in any call that the rule is about: another one, whom no rule is about, has connected the socket.
TEST_F(Evasion, UnixConnectedByAnother) {
  const int client = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  go(way_to_datagrams([client](const Scene&) { return failure(write(client, "x", 1)); },
                      [client](Scene& scene) {
                        const Endpoint to = at(socket_of(scene));
                        ASSERT_EQ(0, connect(client, to.get(), to.size));
                      }));
  close(client);
}

#if defined(__x86_64__)
TEST_F(Evasion, Compat32Unix) {
  go(way_to_stream([](const Scene& scene) {
    const Endpoint to = at(socket_of(scene));
    const auto client = static_cast<std::uint32_t>(socket(AF_UNIX, SOCK_STREAM, 0));
    return error_of(compat_call(362, client, low_copy(to.get(), to.size), to.size));
  }));
}
#endif

}  // namespace picket::test
