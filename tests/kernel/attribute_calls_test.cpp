// SPDX-License-Identifier: Apache-2.0
//
// What files are like, and what is mounted where: whichever call changes it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tests/kernel/support/calls.h"
#include "tests/kernel/support/compat.h"
#include "tests/kernel/support/ring.h"
#include "tests/kernel/support/suite.h"

namespace picket::test {
namespace {

// Numbers that the C library of the oldest build machine does not know; the same in all tables of x86 and arm64.
constexpr long kFchmodat2 = 452, kSetxattrat = 463;
constexpr unsigned kRingFtruncate = 55;

constexpr const char* kName = "trusted.picket";

int call(long number, auto... arguments) { return static_cast<int>(syscall(number, arguments...)); }

void make_file(const Place& place) { write_file(place.file(), "text"); }

void make_directory(const Place& place) { mkdir(place.file().c_str(), 0755); }

int opened(const Place& place) { return open(place.file().c_str(), O_RDWR); }

int ftruncate_through_ring(const Place& at) {
  io_uring_sqe operation{};
  operation.opcode = kRingFtruncate;
  operation.fd = opened(at);
  operation.off = 1;
  return through_ring(operation);
}

int setxattr_through_ring(unsigned opcode, const Place& at) {
  const std::string path = at.file();
  io_uring_sqe operation = ring_operation(opcode, kName);
  operation.fd = opened(at);
  operation.addr2 = reinterpret_cast<std::uint64_t>("value");
  operation.len = 5;
  if (opcode == IORING_OP_SETXATTR) operation.addr3 = reinterpret_cast<std::uint64_t>(path.c_str());
  return through_ring(operation);
}

int setxattrat(const Place& at) {
  struct {
    std::uint64_t value;
    std::uint32_t size, flags;
  } arguments = {reinterpret_cast<std::uint64_t>("value"), 5, 0};
  return call(kSetxattrat, AT_FDCWD, at.file().c_str(), 0, kName, &arguments, sizeof(arguments));
}

// In a mount namespace of its own, so that nothing stays.
int alone() { return unshare(CLONE_NEWNS) == 0 ? mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) : -1; }

int mounted(const Place& at) { return alone() == 0 ? mount("none", at.file().c_str(), "tmpfs", 0, nullptr) : -1; }

int move_new_mount(const Place& at) {
  const int context = call(430, "tmpfs", 0);                                       // fsopen
  if (alone() != 0 || call(431, context, 6, nullptr, nullptr, 0) != 0) return -1;  // fsconfig, create
  return call(429, call(432, context, 0, 0), "", AT_FDCWD, at.file().c_str(), 4);  // move_mount of fsmount's
}

int pivot(const Place& at, long number_32) {
  if (mounted(at) != 0 || chdir(at.file().c_str()) != 0 || mkdir("old", 0755) != 0) return -1;
#if defined(__x86_64__)
  if (number_32 != 0) return compat_call(static_cast<int>(number_32), low_text("."), low_text("old"));
#endif
  return call(SYS_pivot_root, ".", "old");
}

class AttributeCalls : public SharedSensor<AttributeCalls> {
 public:
  static std::string rules() {
    // By io_uring, what overlayfs does in its layer is told, too, with a path of the layer.
    return calls_rule("setxattr", "setxattr.path in (/run/calls-of-setxattr/file, /calls-of-setxattr/file)") +
           calls_rules({"chmod.path", "chown.path", "truncate.path", "mount.path", "move_mount.new_path", "umount.path",
                        "pivot_root.new_root", "chroot.path"});
  }

 protected:
  static void expect_calls(const Calls& calls) { test::expect_calls(sensor(), calls); }
};

TEST_F(AttributeCalls, Chmod) {
  expect_calls({
      .kind = "chmod",
      .prepare = make_file,
      .rows =
          {
              {"chmod", [](const Place& at) { return call(SYS_chmod, at.file().c_str(), 0600); }},
              {"fchmod", [](const Place& at) { return call(SYS_fchmod, opened(at), 0600); }},
              {"fchmodat", [](const Place& at) { return call(SYS_fchmodat, AT_FDCWD, at.file().c_str(), 0600); }},
              {"fchmodat2",
               [](const Place& at) { return call(kFchmodat2, AT_FDCWD, at.file().c_str(), 0600, 0); },
               {6, 6}},
#if defined(__x86_64__)
              {"chmod", [](const Place& at) { return compat_call(15, low_text(at.file()), 0600); }},
              {"fchmod", [](const Place& at) { return compat_call(94, static_cast<std::uint32_t>(opened(at)), 0600); }},
#endif
          },
  });
}

TEST_F(AttributeCalls, Chown) {
  expect_calls({
      .kind = "chown",
      .prepare = make_file,
      .rows =
          {
              {"chown", [](const Place& at) { return call(SYS_chown, at.file().c_str(), 1, 2); }},
              {"fchown", [](const Place& at) { return call(SYS_fchown, opened(at), 1, 2); }},
              {"lchown", [](const Place& at) { return call(SYS_lchown, at.file().c_str(), 1, 2); }},
              {"fchownat", [](const Place& at) { return call(SYS_fchownat, AT_FDCWD, at.file().c_str(), 1, 2, 0); }},
#if defined(__x86_64__)
              {"chown", [](const Place& at) { return compat_call(182, low_text(at.file()), 1, 2); }},
              {"chown", [](const Place& at) { return compat_call(212, low_text(at.file()), 1, 2); }},
#endif
          },
  });
}

TEST_F(AttributeCalls, Truncate) {
  expect_calls({
      .kind = "truncate",
      .prepare = make_file,
      .rows =
          {
              {"truncate", [](const Place& at) { return call(SYS_truncate, at.file().c_str(), 1); }},
              {"ftruncate", [](const Place& at) { return call(SYS_ftruncate, opened(at), 1); }},
              {"open_trunc", [](const Place& at) { return open(at.file().c_str(), O_WRONLY | O_TRUNC); }},
              {"open_trunc", [](const Place& at) { return creat(at.file().c_str(), 0600); }},
              {"io_uring", ftruncate_through_ring, {6, 9}},
#if defined(__x86_64__)
              {"truncate", [](const Place& at) { return compat_call(92, low_text(at.file()), 1); }},
              {"truncate", [](const Place& at) { return compat_call(193, low_text(at.file()), 1); }},
              {"ftruncate", [](const Place& at) { return compat_call(93, static_cast<std::uint32_t>(opened(at)), 1); }},
#endif
          },
  });
}

// A rule about truncate does not mean opens, and one about opens is not met twice. Alone: no other rule wants them.
TEST(TruncationByAnOpen, IsNamedApart) {
  Sensor sensor({.rules = R"(
- rule: either
  desc: Both names.
  condition: >
    (evt.type in (truncate, ftruncate) and truncate.path endswith calls-test/file)
    or (evt.type in (open, openat, openat2, creat) and open.path endswith calls-test/file)
  output: "type=%evt.type"
  priority: DEBUG
)"});
  Directory directory;
  const Place place{directory / "calls-test"};
  ASSERT_EQ(0, mkdir(place.path.c_str(), 0755));
  write_file(place.file(), "text");
  EXPECT_EQ("type=openat", message_of(sensor.next_alert("either", getpid())));
  close(open(place.file().c_str(), O_WRONLY | O_TRUNC));
  EXPECT_EQ("type=openat", message_of(sensor.next_alert("either", getpid())));
  EXPECT_EQ(0, truncate(place.file().c_str(), 1));
  EXPECT_EQ("type=truncate", message_of(sensor.next_alert("either", getpid())));
  EXPECT_EQ(3u, sensor.alerts().size());
}

TEST_F(AttributeCalls, Setxattr) {
  expect_calls({
      .kind = "setxattr",
      .prepare = make_file,
      .rows =
          {
              {"setxattr", [](const Place& at) { return setxattr(at.file().c_str(), kName, "value", 5, 0); }},
              {"lsetxattr", [](const Place& at) { return lsetxattr(at.file().c_str(), kName, "value", 5, 0); }},
              {"fsetxattr", [](const Place& at) { return fsetxattr(opened(at), kName, "value", 5, 0); }},
              {"setxattrat", setxattrat, {6, 13}},
              {"io_uring", [](const Place& at) { return setxattr_through_ring(IORING_OP_SETXATTR, at); }, {5, 19}},
              {"io_uring", [](const Place& at) { return setxattr_through_ring(IORING_OP_FSETXATTR, at); }, {5, 19}},
#if defined(__x86_64__)
              {"setxattr",
               [](const Place& at) {
                 return compat_call(226, low_text(at.file()), low_text(kName), low_text("value"), 5, 0);
               }},
#endif
          },
  });
}

TEST_F(AttributeCalls, Mount) {
  expect_calls({
      .kind = "mount",
      .prepare = make_directory,
      .rows =
          {
              {"mount", mounted},
#if defined(__x86_64__)
              {"mount",
               [](const Place& at) {
                 return alone() == 0 ? compat_call(21, low_text("none"), low_text(at.file()), low_text("tmpfs")) : -1;
               }},
#endif
          },
  });
}

TEST_F(AttributeCalls, MoveMount) {
  expect_calls({
      .kind = "move_mount",
      .prepare = make_directory,
      .rows = {{"move_mount", move_new_mount}},
  });
}

TEST_F(AttributeCalls, Umount) {
  expect_calls({
      .kind = "umount",
      .prepare = make_directory,
      .rows =
          {
              {"umount2", [](const Place& at) { return mounted(at) == 0 ? umount(at.file().c_str()) : -1; }},
#if defined(__x86_64__)
              {"umount2", [](const Place& at) { return mounted(at) == 0 ? compat_call(52, low_text(at.file())) : -1; }},
              {"umount", [](const Place& at) { return mounted(at) == 0 ? compat_call(22, low_text(at.file())) : -1; }},
#endif
          },
  });
}

TEST_F(AttributeCalls, PivotRoot) {
  expect_calls({
      .kind = "pivot_root",
      .prepare = make_directory,
      .rows =
          {
              {"pivot_root", [](const Place& at) { return pivot(at, 0); }},
#if defined(__x86_64__)
              {"pivot_root", [](const Place& at) { return pivot(at, 217); }},
#endif
          },
  });
}

TEST_F(AttributeCalls, Chroot) {
  expect_calls({
      .kind = "chroot",
      .prepare = make_directory,
      .rows =
          {
              {"chroot", [](const Place& at) { return chroot(at.file().c_str()); }},
#if defined(__x86_64__)
              {"chroot", [](const Place& at) { return compat_call(61, low_text(at.file())); }},
#endif
          },
  });
}

}  // namespace
}  // namespace picket::test
