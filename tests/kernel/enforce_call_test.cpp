// SPDX-License-Identifier: Apache-2.0
//
// Rules about calls that deny, as Falco's are written: with evt.type, and with the descriptor that the open would have
// given.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "tests/kernel/support/calls.h"
#include "tests/kernel/support/files.h"
#include "tests/kernel/support/kernel.h"
#include "tests/kernel/support/network.h"
#include "tests/kernel/support/refusal.h"
#include "tests/kernel/support/ring.h"
#include "tests/kernel/support/suite.h"

namespace picket::test {
namespace {

constexpr const char* kPlace = "/run/enforce-call";

// Falco's macro, word for word.
constexpr const char* kOpenWrite =
    "- macro: open_write\n"
    "  condition: (evt.type in (open,openat,openat2) and evt.is_open_write=true and fd.typechar='f' and fd.num>=0)\n";

class EnforceCall : public SharedSensor<EnforceCall> {
 public:
  static std::string rules() {
    const std::string place = kPlace;
    return kOpenWrite + deny("falco", "open_write and fd.name startswith " + place + "/falco/") +
           deny("one call", "evt.type = fchmod and chmod.path = " + place + "/one", "  errno: EACCES\n") +
           deny("no ring", "evt.is_io_uring = true and mkdir.path startswith " + place + "/");
  }

 protected:
  void SetUp() override { std::filesystem::create_directory(kPlace); }
  void TearDown() override { std::filesystem::remove_all(kPlace); }

  const std::string place_ = kPlace;
};

TEST_F(EnforceCall, FalcosOpenForWriting) {
  const std::string file = place_ + "/falco/file";
  ASSERT_EQ(0, mkdir((place_ + "/falco").c_str(), 0755));
  ASSERT_EQ(0, mknod(file.c_str(), S_IFREG | 0600, 0));
  open_how how{};
  how.flags = O_WRONLY;
  EXPECT_EQ(EPERM, attempt([&] { return failure(syscall(SYS_openat, AT_FDCWD, file.c_str(), O_WRONLY)); }));
  EXPECT_EQ(EPERM, attempt([&] { return failure(syscall(SYS_openat2, AT_FDCWD, file.c_str(), &how, sizeof how)); }));
#if defined(__x86_64__)
  EXPECT_EQ(EPERM, attempt([&] { return failure(syscall(SYS_open, file.c_str(), O_RDWR)); }));
  EXPECT_EQ(EPERM, attempt([&] {
              constexpr int kOpen32 = 5;
              char* const name = low_memory();
              file.copy(name, file.size());
              return static_cast<int>(-call_32(kOpen32, low(name), O_WRONLY));
            }));
  EXPECT_EQ(0, attempt([&] { return failure(creat(file.c_str(), 0600)); })) << "the rule does not name it";
#endif
  EXPECT_EQ(EPERM, attempt([&] {
              io_uring_sqe operation = ring_operation(IORING_OP_OPENAT, file);
              operation.open_flags = O_WRONLY;
              return -through_ring(operation);
            }))
      << "a ring is no way round";
  EXPECT_EQ(0, attempt([&] { return failure(open(file.c_str(), O_RDONLY)); }));
  const Json alert = sensor().next_alert("falco");
  ASSERT_FALSE(alert.is_null());
  EXPECT_EQ("denied", alert.at("event").at("decision"));
}

TEST_F(EnforceCall, WhatTheRulePassesOverIsSaidAtTheStart) {
  EXPECT_NE(std::string::npos, sensor().log().find("the rule 'falco' passes over calls that do what it denies, 'open': "
                                                   "creat, open_by_handle_at"))
      << sensor().log();
}

TEST_F(EnforceCall, OneOfAKind) {
  const std::string file = place_ + "/one";
  write_file(file, "");
  EXPECT_EQ(EACCES, attempt([&] { return failure(fchmod(open(file.c_str(), O_RDONLY), 0640)); }));
  EXPECT_EQ(0, attempt([&] { return failure(chmod(file.c_str(), 0604)); }));
  struct stat info {};
  ASSERT_EQ(0, stat(file.c_str(), &info));
  EXPECT_EQ(0604u, info.st_mode & 0777u);
}

// From 5.15 on rings make directories.
TEST_F(EnforceCall, NothingThroughARing) {
  const bool makes = kernel_release() >= KernelRelease{5, 15};
  const std::string made = place_ + "/by-ring", plain = place_ + "/plain";
  EXPECT_EQ(0, attempt([&] { return failure(mkdir(plain.c_str(), 0700)); }));
  EXPECT_EQ(makes ? EPERM : EINVAL, attempt([&] {
              io_uring_sqe operation = ring_operation(IORING_OP_MKDIRAT, made);
              operation.len = 0700;
              return -through_ring(operation);
            }));
  EXPECT_FALSE(std::filesystem::exists(made));
}

}  // namespace
}  // namespace picket::test
