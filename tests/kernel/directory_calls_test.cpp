// SPDX-License-Identifier: Apache-2.0
//
// Names that come and go: whichever call does it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "tests/kernel/support/calls.h"
#include "tests/kernel/support/compat.h"
#include "tests/kernel/support/ring.h"
#include "tests/kernel/support/suite.h"

namespace picket::test {
namespace {

constexpr unsigned kExchange = 2, kNoReplace = 1;  // RENAME_*

int call(long number, auto... arguments) { return static_cast<int>(syscall(number, arguments...)); }

void make_file(const Place& place) { write_file(place.file(), "text"); }

void make_both(const Place& place) {
  write_file(place.file(), "text");
  write_file(place.other(), "other");
}

void make_directory(const Place& place) { mkdir(place.file().c_str(), 0755); }

// With a second path in addr2, and its directory, the working one, in len.
int two_paths_through_ring(unsigned opcode, const std::string& from, const std::string& to) {
  io_uring_sqe operation = ring_operation(opcode, from);
  operation.addr2 = reinterpret_cast<std::uint64_t>(to.c_str());
  operation.len = static_cast<unsigned>(AT_FDCWD);
  return through_ring(operation);
}

int unlink_through_ring(const std::string& path, unsigned flags) {
  io_uring_sqe operation = ring_operation(IORING_OP_UNLINKAT, path);
  operation.unlink_flags = flags;
  return through_ring(operation);
}

int mkdir_through_ring(const std::string& path) {
  io_uring_sqe operation = ring_operation(IORING_OP_MKDIRAT, path);
  operation.len = 0755;
  return through_ring(operation);
}

// The two paths of a symbolic link are its text and its place; the place's directory is the operation's.
int symlink_through_ring(const std::string& text, const std::string& place) {
  io_uring_sqe operation = ring_operation(IORING_OP_SYMLINKAT, text);
  operation.addr2 = reinterpret_cast<std::uint64_t>(place.c_str());
  return through_ring(operation);
}

int open_through_ring(const std::string& path) {
  io_uring_sqe operation = ring_operation(IORING_OP_OPENAT, path);
  operation.open_flags = O_WRONLY | O_CREAT;
  operation.len = 0644;
  return through_ring(operation);
}

int bind_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  return bind(socket(AF_UNIX, SOCK_STREAM, 0), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

constexpr const char* kEitherRule = R"(
- rule: either
  desc: Both kinds.
  condition: create.path contains calls-of-either or mknod.path contains calls-of-either
  output: "type=%evt.type"
  priority: DEBUG
)";

class DirectoryCalls : public SharedSensor<DirectoryCalls> {
 public:
  static std::string rules() {
    return kEitherRule + calls_rules({"unlink.path", "rmdir.path", "rename.old_path", "link.new_path", "symlink.path",
                                      "mkdir.path", "mknod.path", "create.path"});
  }

 protected:
  static void expect_calls(const Calls& calls) { test::expect_calls(sensor(), calls); }
};

TEST_F(DirectoryCalls, Unlink) {
  expect_calls({
      .kind = "unlink",
      .prepare = make_file,
      .rows =
          {
              {"unlink", [](const Place& at) { return call(SYS_unlink, at.file().c_str()); }},
              {"unlinkat", [](const Place& at) { return call(SYS_unlinkat, AT_FDCWD, at.file().c_str(), 0); }},
              {"io_uring", [](const Place& at) { return unlink_through_ring(at.file(), 0); }, {5, 11}},
#if defined(__x86_64__)
              {"unlink", [](const Place& at) { return compat_call(10, low_text(at.file())); }},
#endif
          },
  });
}

TEST_F(DirectoryCalls, Rmdir) {
  expect_calls({
      .kind = "rmdir",
      .prepare = make_directory,
      .rows =
          {
              {"rmdir", [](const Place& at) { return call(SYS_rmdir, at.file().c_str()); }},
              {"unlinkat", [](const Place& at) { return unlinkat(AT_FDCWD, at.file().c_str(), AT_REMOVEDIR); }},
              {"io_uring", [](const Place& at) { return unlink_through_ring(at.file(), AT_REMOVEDIR); }, {5, 11}},
#if defined(__x86_64__)
              {"rmdir", [](const Place& at) { return compat_call(40, low_text(at.file())); }},
#endif
          },
  });
}

TEST_F(DirectoryCalls, Rename) {
  expect_calls({
      .kind = "rename",
      .prepare = make_both,
      .rows =
          {
              {"rename", [](const Place& at) { return call(SYS_rename, at.file().c_str(), at.other().c_str()); }},
              {"renameat",
               [](const Place& at) {
                 return call(SYS_renameat, AT_FDCWD, at.file().c_str(), AT_FDCWD, at.other().c_str());
               }},
              {"renameat2",
               [](const Place& at) {
                 return call(SYS_renameat2, AT_FDCWD, at.file().c_str(), AT_FDCWD, at.other().c_str(), kExchange);
               }},
              {"renameat2",
               [](const Place& at) {
                 return call(SYS_renameat2, AT_FDCWD, at.file().c_str(), AT_FDCWD, (at.path + "/new").c_str(),
                             kNoReplace);
               }},
              {"io_uring",
               [](const Place& at) { return two_paths_through_ring(IORING_OP_RENAMEAT, at.file(), at.other()); },
               {5, 11}},
#if defined(__x86_64__)
              {"rename", [](const Place& at) { return compat_call(38, low_text(at.file()), low_text(at.other())); }},
#endif
          },
  });
}

TEST_F(DirectoryCalls, Link) {
  expect_calls({
      .kind = "link",
      .prepare = make_file,
      .rows =
          {
              {"link", [](const Place& at) { return call(SYS_link, at.file().c_str(), at.other().c_str()); }},
              {"linkat",
               [](const Place& at) {
                 return call(SYS_linkat, AT_FDCWD, at.file().c_str(), AT_FDCWD, at.other().c_str(), 0);
               }},
              {"io_uring",
               [](const Place& at) { return two_paths_through_ring(IORING_OP_LINKAT, at.file(), at.other()); },
               {5, 15}},
#if defined(__x86_64__)
              {"link", [](const Place& at) { return compat_call(9, low_text(at.file()), low_text(at.other())); }},
#endif
          },
  });
}

TEST_F(DirectoryCalls, Symlink) {
  expect_calls({
      .kind = "symlink",
      .rows =
          {
              {"symlink", [](const Place& at) { return call(SYS_symlink, "text", at.file().c_str()); }},
              {"symlinkat", [](const Place& at) { return call(SYS_symlinkat, "text", AT_FDCWD, at.file().c_str()); }},
              {"io_uring", [](const Place& at) { return symlink_through_ring("text", at.file()); }, {5, 15}},
#if defined(__x86_64__)
              {"symlink", [](const Place& at) { return compat_call(83, low_text("text"), low_text(at.file())); }},
#endif
          },
  });
}

TEST_F(DirectoryCalls, Mkdir) {
  expect_calls({
      .kind = "mkdir",
      .rows =
          {
              {"mkdir", [](const Place& at) { return call(SYS_mkdir, at.file().c_str(), 0755); }},
              {"mkdirat", [](const Place& at) { return call(SYS_mkdirat, AT_FDCWD, at.file().c_str(), 0755); }},
              {"io_uring", [](const Place& at) { return mkdir_through_ring(at.file()); }, {5, 15}},
#if defined(__x86_64__)
              {"mkdir", [](const Place& at) { return compat_call(39, low_text(at.file()), 0755); }},
#endif
          },
  });
}

// io_uring has no mknod. A socket's node is made by bind.
TEST_F(DirectoryCalls, Mknod) {
  expect_calls({
      .kind = "mknod",
      .rows =
          {
              {"mknod", [](const Place& at) { return call(SYS_mknod, at.file().c_str(), S_IFIFO | 0644, 0); }},
              {"mknod", [](const Place& at) { return call(SYS_mknod, at.file().c_str(), S_IFREG | 0644, 0); }},
              {"mknod", [](const Place& at) { return bind_to(at.file()); }},
              {"mknodat",
               [](const Place& at) { return call(SYS_mknodat, AT_FDCWD, at.file().c_str(), S_IFREG | 0644, 0); }},
              {"mknodat", [](const Place& at) { return call(SYS_mknodat, AT_FDCWD, at.file().c_str(), 0644, 0); }},
#if defined(__x86_64__)
              {"mknod", [](const Place& at) { return compat_call(14, low_text(at.file()), S_IFREG | 0644); }},
#endif
          },
  });
}

TEST_F(DirectoryCalls, Create) {
  expect_calls({
      .kind = "create",
      .rows =
          {
              {"create", [](const Place& at) { return call(SYS_open, at.file().c_str(), O_WRONLY | O_CREAT, 0644); }},
              {"create", [](const Place& at) { return open(at.file().c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644); }},
              {"create", [](const Place& at) { return call(SYS_creat, at.file().c_str(), 0644); }},
              {"create", [](const Place& at) { return open_through_ring(at.file()); }},
#if defined(__x86_64__)
              {"create", [](const Place& at) { return compat_call(8, low_text(at.file()), 0644); }},
#endif
          },
  });
}

// Neither an open of a file that is there nor mknod is a create, and an open is no mknod.
TEST_F(DirectoryCalls, CreateAndMknodAreTwoThings) {
  Directory directory;
  const Place place{directory / "calls-of-either"};
  ASSERT_EQ(0, mkdir(place.path.c_str(), 0755));
  EXPECT_EQ(0, mknod(place.file().c_str(), S_IFREG | 0644, 0));
  EXPECT_EQ("type=mknodat", message_of(sensor().next_alert("either", getpid())));
  close(open(place.file().c_str(), O_WRONLY | O_CREAT, 0644));
  close(open(place.other().c_str(), O_WRONLY | O_CREAT, 0644));
  EXPECT_EQ("type=create", message_of(sensor().next_alert("either", getpid())));
  const std::vector<Json>& alerts = sensor().alerts();
  EXPECT_EQ(2, std::count_if(alerts.begin(), alerts.end(), [](const Json& each) { return rule_of(each) == "either"; }));
}

}  // namespace
}  // namespace picket::test
