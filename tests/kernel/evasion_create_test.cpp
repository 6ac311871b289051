// SPDX-License-Identifier: Apache-2.0
//
// Ways to a file that must not come about: tests/kernel/evasion/ways.def names them, the table of docs/evasion.md shows
// them.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/kernel/evasion/evasion.h"
#include "tests/kernel/support/calls.h"
#include "tests/kernel/support/compat.h"
#include "tests/kernel/support/ring.h"

namespace picket::test {
namespace {

constexpr int kMake = O_CREAT | O_WRONLY;

std::string made(const Scene& scene) { return scene.directory + "/made"; }
bool is_made(const Scene& scene) {
  struct stat info {};
  return lstat(made(scene).c_str(), &info) == 0;
}

Way making(const Act& act) { return {.rule = "create", .act = act, .happened = is_made}; }

int error_of(int result) { return result < 0 ? -result : 0; }

int make_by_ring(const Scene& scene, unsigned char flags, unsigned ring_flags) {
  const std::string path = made(scene);
  io_uring_sqe operation = ring_operation(IORING_OP_OPENAT, path);
  operation.flags = flags;
  operation.open_flags = kMake;
  operation.len = 0600;
  return error_of(through_ring(operation, ring_flags));
}

}  // namespace

TEST_F(Evasion, MakesByALinkToNowhere) {
  go(making([](const Scene& scene) {
    const std::string link = scene.outside / "link";
    return symlink(made(scene).c_str(), link.c_str()) != 0 ? 123 : failure(creat(link.c_str(), 0600));
  }));
}

TEST_F(Evasion, MakesFromADirectoryDescriptor) {
  go(making([](const Scene& scene) {
    return failure(openat(open(scene.directory.c_str(), O_PATH), "made", kMake | O_EXCL, 0600));
  }));
}

TEST_F(Evasion, MakesByOpenat2) {
  go(making([](const Scene& scene) {
    open_how how{};
    how.flags = kMake;
    how.mode = 0600;
    how.resolve = RESOLVE_IN_ROOT;
    const int directory = open(scene.directory.c_str(), O_PATH);
    return failure(syscall(SYS_openat2, directory, "/../made", &how, sizeof how));
  }));
}

TEST_F(Evasion, RingMakes) {
  go(making([](const Scene& scene) { return make_by_ring(scene, 0, 0); }));
}

TEST_F(Evasion, RingWorkerMakes) {
  go(making([](const Scene& scene) { return make_by_ring(scene, IOSQE_ASYNC, 0); }));
}

TEST_F(Evasion, RingPolledMakes) {
  go(making([](const Scene& scene) { return make_by_ring(scene, 0, IORING_SETUP_SQPOLL); }));
}

#if defined(__x86_64__)
TEST_F(Evasion, Compat32Makes) {
  go(making([](const Scene& scene) { return error_of(compat_call(8, low_text(made(scene)), 0600)); }));
}
#endif

}  // namespace picket::test
