// SPDX-License-Identifier: Apache-2.0
//
// Ways round rules by other doors of the kernel: rings, 32-bit calls, other processes' descriptors and memory.
// tests/kernel/evasion/ways.def names them, the table of docs/evasion.md shows them.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "tests/kernel/evasion/evasion.h"
#include "tests/kernel/support/compat.h"
#include "tests/kernel/support/ring.h"

namespace picket::test {
namespace {

constexpr sockaddr_in kPeer{
    .sin_family = AF_INET, .sin_port = __builtin_bswap16(4242), .sin_addr = {0x0100007f}, .sin_zero = {}};
const sockaddr* peer() { return reinterpret_cast<const sockaddr*>(&kPeer); }

std::uint64_t address(const void* of) { return reinterpret_cast<std::uint64_t>(of); }
std::uint64_t address(const std::string& path) { return address(path.c_str()); }

std::string made(const Scene& scene) { return scene.directory + "/made"; }
bool is_made(const Scene& scene) {
  struct stat info {};
  return lstat(made(scene).c_str(), &info) == 0;
}
bool is_gone(const Scene& scene) { return access(scene.file.c_str(), F_OK) != 0; }

int error_of(int result) { return result < 0 ? -result : 0; }

// Operations of a ring are numbers at fixed places; which of them mean what depends on the operation.
struct Submission {
  unsigned char opcode;
  const std::string& path;
  unsigned length = 0;
  std::uint64_t offset = 0;
  unsigned char flags = 0;
};

int submit(const Submission& submission, unsigned ring_flags = 0) {
  io_uring_sqe operation{};
  operation.opcode = submission.opcode;
  operation.flags = submission.flags;
  operation.fd = AT_FDCWD;
  operation.addr = address(submission.path);
  operation.len = submission.length;
  operation.off = submission.offset;
  return through_ring(operation, ring_flags);
}

constexpr unsigned kHere = static_cast<unsigned>(AT_FDCWD);

int ring_open(const Scene& scene, unsigned char flags, unsigned ring_flags) {
  io_uring_sqe operation{};
  operation.opcode = IORING_OP_OPENAT;
  operation.flags = flags;
  operation.fd = AT_FDCWD;
  operation.addr = address(scene.file);
  operation.open_flags = O_WRONLY;
  const int result = through_ring(operation, ring_flags);
  return result < 0 ? -result : overwrite(result);
}

// Who waits at the port, in the test itself: whether anything came.
class Listener {
 public:
  explicit Listener(int type) : type_(type) {}
  ~Listener() { close(socket_); }
  void open() {
    close(socket_);
    const int yes = 1;
    socket_ = socket(AF_INET, type_ | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    EXPECT_EQ(0, setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes));
    EXPECT_EQ(0, bind(socket_, peer(), sizeof kPeer));
    if (type_ == SOCK_STREAM) {
      EXPECT_EQ(0, listen(socket_, 1));
    }
  }
  bool has_got_something() const {
    char byte;
    const int got =
        type_ == SOCK_STREAM ? accept(socket_, nullptr, nullptr) : static_cast<int>(recv(socket_, &byte, 1, 0));
    if (got >= 0 && type_ == SOCK_STREAM) close(got);
    return got >= 0;
  }

 private:
  int type_;
  int socket_ = -1;
};

// A way of which the effect is that something arrives at the port.
Way way_to_the_port(Listener& listener, const std::string& rule, const Act& act) {
  return {.rule = rule,
          .prepare = [&listener](Scene&) { listener.open(); },
          .act = act,
          .happened = [&listener](const Scene&) { return listener.has_got_something(); },
          .names_the_place = false};
}

// Another process, with something of its own; ends when told to, and leaves the proof when its memory was changed.
class Victim {
 public:
  explicit Victim(const Scene& scene) {
    std::strcpy(memory(), "text");
    int ends[2], ready[2];
    char byte = 0;
    if (pipe(ends) != 0 || pipe(ready) != 0) _exit(123);
    pid_ = fork();
    if (pid_ == 0) {
      close(ends[1]);
      const int file = open((scene.outside / "held").c_str(), O_CREAT | O_WRONLY, 0600);
      if (dup2(file, kDescriptor) != kDescriptor || write(ready[1], "", 1) != 1) _exit(1);
      while (read(ends[0], &byte, 1) > 0) {
      }
      if (std::strcmp(memory(), "text") != 0) close(open(scene.proof.c_str(), O_CREAT | O_WRONLY, 0600));
      _exit(0);
    }
    if (read(ready[0], &byte, 1) != 1) _exit(123);
    end_ = ends[1];
  }
  ~Victim() {
    close(end_);
    waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

  static constexpr int kDescriptor = 700;
  // At the same address in both.
  static char* memory() {
    static char text[8];
    return text;
  }

 private:
  pid_t pid_;
  int end_;
};

// Sends a descriptor, or receives one: the same message from two sides.
struct Message {
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
  char byte = 0;
  iovec data{&byte, 1};
  msghdr header{};
  Message() {
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = room;
    header.msg_controllen = sizeof room;
  }
};

int send_descriptor(int socket, int descriptor) {
  Message message;
  cmsghdr* const control = CMSG_FIRSTHDR(&message.header);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(control), &descriptor, sizeof descriptor);
  return failure(sendmsg(socket, &message.header, 0));
}

int receive_descriptor(int socket) {
  Message message;
  int descriptor = -1;
  if (recvmsg(socket, &message.header, 0) != 1) return -1;
  const cmsghdr* const control = CMSG_FIRSTHDR(&message.header);
  if (control != nullptr) std::memcpy(&descriptor, CMSG_DATA(control), sizeof descriptor);
  return descriptor;
}

}  // namespace

TEST_F(Evasion, RingOpen) {
  go({.act = [](const Scene& scene) { return ring_open(scene, 0, 0); }});
}

TEST_F(Evasion, RingOpen2) {
  go({.act = [](const Scene& scene) {
    open_how how{};
    how.flags = O_WRONLY;
    const int result = submit({IORING_OP_OPENAT2, scene.file, sizeof how, address(&how)});
    return result < 0 ? -result : overwrite(result);
  }});
}

TEST_F(Evasion, RingWorkerOpen) {
  go({.act = [](const Scene& scene) { return ring_open(scene, IOSQE_ASYNC, 0); }});
}

TEST_F(Evasion, RingPolled) {
  go({.act = [](const Scene& scene) { return ring_open(scene, 0, IORING_SETUP_SQPOLL); }});
}

TEST_F(Evasion, RingConnect) {
  Listener listener(SOCK_STREAM);
  go(way_to_the_port(listener, "connect", [](const Scene&) {
    io_uring_sqe operation{};
    operation.opcode = IORING_OP_CONNECT;
    operation.fd = socket(AF_INET, SOCK_STREAM, 0);
    operation.addr = address(&kPeer);
    operation.off = sizeof kPeer;
    return error_of(through_ring(operation));
  }));
}

TEST_F(Evasion, RingSend) {
  Listener listener(SOCK_DGRAM);
  go(way_to_the_port(listener, "send", [](const Scene&) {
    char byte = 'x';
    iovec data{&byte, 1};
    sockaddr_in to = kPeer;
    msghdr message{};
    message.msg_name = &to;
    message.msg_namelen = sizeof to;
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    io_uring_sqe operation{};
    operation.opcode = IORING_OP_SENDMSG;
    operation.fd = socket(AF_INET, SOCK_DGRAM, 0);
    operation.addr = address(&message);
    operation.len = 1;
    return error_of(through_ring(operation));
  }));
}

TEST_F(Evasion, RingUnlink) {
  go({.rule = "unlink",
      .act =
          [](const Scene& scene) {
            return error_of(submit({IORING_OP_UNLINKAT, scene.file}));
          },
      .happened = is_gone});
}

TEST_F(Evasion, RingRename) {
  go({.rule = "rename", .act = [](const Scene& scene) {
        return error_of(submit({IORING_OP_RENAMEAT, bait(scene), kHere, address(scene.file)}));
      }});
}

TEST_F(Evasion, RingLink) {
  go({.rule = "link",
      .act =
          [](const Scene& scene) {
            const std::string to = made(scene);
            return error_of(submit({IORING_OP_LINKAT, bait(scene), kHere, address(to)}));
          },
      .happened = is_made});
}

TEST_F(Evasion, RingMkdir) {
  go({.rule = "mkdir",
      .act =
          [](const Scene& scene) {
            return error_of(submit({IORING_OP_MKDIRAT, made(scene), 0700}));
          },
      .happened = is_made});
}

TEST_F(Evasion, RingSymlink) {
  go({.rule = "symlink",
      .act =
          [](const Scene& scene) {
            const std::string to = made(scene);
            return error_of(submit({IORING_OP_SYMLINKAT, "anywhere", 0, address(to)}));
          },
      .happened = is_made});
}

#if defined(__x86_64__)
TEST_F(Evasion, Compat32Open) {
  go({.act = [](const Scene& scene) {
    const int result = compat_call(5, low_text(scene.file), O_WRONLY);
    return result < 0 ? -result : overwrite(result);
  }});
}

TEST_F(Evasion, Compat32Unlink) {
  go({.rule = "unlink",
      .act = [](const Scene& scene) { return error_of(compat_call(10, low_text(scene.file))); },
      .happened = is_gone});
}

TEST_F(Evasion, Compat32Connect) {
  Listener listener(SOCK_STREAM);
  go(way_to_the_port(listener, "connect", [](const Scene&) {
    const auto socket_of_ours = static_cast<std::uint32_t>(socket(AF_INET, SOCK_STREAM, 0));
    return error_of(compat_call(362, socket_of_ours, low_copy(&kPeer, sizeof kPeer), sizeof kPeer));
  }));
}
#endif

TEST_F(Evasion, PassedDescriptor) {
  go({.act = [](const Scene& scene) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) return 123;
    const int error = in_child([&] {
      const int file = open(scene.file.c_str(), O_WRONLY);
      return file < 0 ? errno : send_descriptor(ends[0], file);
    });
    return error != 0 ? error : overwrite(receive_descriptor(ends[1]));
  }});
}

// That a process may not be looked into is all that these three say of it, with errors of their own.
TEST_F(Evasion, FetchedDescriptor) {
  go({.rule = "ptrace",
      .act =
          [](const Scene& scene) {
            const Victim victim(scene);
            const int process = static_cast<int>(syscall(SYS_pidfd_open, victim.pid(), 0));
            return overwrite(static_cast<int>(syscall(SYS_pidfd_getfd, process, Victim::kDescriptor, 0)));
          },
      .happened = [](const Scene& scene) { return read_file(scene.outside / "held") == "TEXT"; },
      .refused = EPERM,
      .names_the_place = false});
}

TEST_F(Evasion, MemoryOfAnother) {
  go({.rule = "ptrace",
      .act =
          [](const Scene& scene) {
            const Victim victim(scene);
            char text[] = "TEXT";
            const iovec from{text, 4}, to{Victim::memory(), 4};
            return failure(process_vm_writev(victim.pid(), &from, 1, &to, 1, 0));
          },
      .happened = is_proven,
      .refused = EPERM,
      .names_the_place = false});
}

TEST_F(Evasion, MemoryFileOfAnother) {
  go({.rule = "ptrace",
      .act =
          [](const Scene& scene) {
            const Victim victim(scene);
            const int memory = open(("/proc/" + std::to_string(victim.pid()) + "/mem").c_str(), O_RDWR);
            if (memory < 0) return errno;
            return failure(pwrite(memory, "TEXT", 4, reinterpret_cast<off_t>(Victim::memory())));
          },
      .happened = is_proven,
      .refused = EACCES,
      .names_the_place = false});
}

}  // namespace picket::test
