// SPDX-License-Identifier: Apache-2.0
//
// mount, move_mount, umount, pivot_root, chroot: every wire field. In mount namespaces of the children's own.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>

#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

int alone() { return unshare(CLONE_NEWNS) == 0 ? mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) : -1; }

int call(long number, auto... arguments) { return static_cast<int>(syscall(number, arguments...)); }

class Mounts : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directory(place_); }

  Directory directory_;
  const std::string place_ = directory_ / "marked";
};

TEST_F(Mounts, MountWithAllArguments) {
  const std::string options = "size=64k,mode=0700";
  expect_event("mount", "mount.path endswith marked", SYS_mount,
               [&] {
                 return alone() != 0 ||
                        mount("the source", place_.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str());
               },
               {{"mount.flags", std::to_string(MS_NOSUID | MS_NODEV)},
                {"mount.source", "the source"},
                {"mount.type", "tmpfs"},
                {"mount.options", options},
                {"mount.path", place_}});
}

// What was not given is not there.
TEST_F(Mounts, MountWithNone) {
  expect_event("mount", "mount.path endswith marked", SYS_mount,
               [&] { return alone() != 0 || mount(place_.c_str(), place_.c_str(), nullptr, MS_BIND, nullptr); },
               {{"mount.flags", std::to_string(MS_BIND)},
                {"mount.source", place_},
                {"mount.type", "<NA>"},
                {"mount.options", "<NA>"},
                {"mount.path", place_}});
}

struct OptionsRow {
  std::string given, reported;
};

TEST_F(Mounts, OptionsAreShownAsFarAsTheyAreText) {
  const std::string long_text = "x=" + std::string(400, 'o');
  for (const OptionsRow& row : {OptionsRow{long_text, long_text.substr(0, 255)}, OptionsRow{"a=\x01\x02", "<NA>"},
                                OptionsRow{std::string(200, 'a') + "\x7f", "<NA>"}}) {
    expect_event("mount", "mount.path endswith marked", SYS_mount,
                 [&] {
                   if (alone() != 0) return 1;
                   mount("none", place_.c_str(), "tmpfs", 0, row.given.c_str());  // fails, after the hook
                   return 0;
                 },
                 {{"mount.flags", "0"},
                  {"mount.source", "none"},
                  {"mount.type", "tmpfs"},
                  {"mount.options", row.reported},
                  {"mount.path", place_}});
  }
}

// A new mount is in no tree yet: its path begins at its own root.
TEST_F(Mounts, MoveMountOfANewOne) {
  expect_event("move_mount", "move_mount.new_path endswith marked", 429,
               [&] {
                 const int context = call(430, "tmpfs", 0);                                       // fsopen
                 if (alone() != 0 || call(431, context, 6, nullptr, nullptr, 0) != 0) return -1;  // fsconfig, create
                 return call(429, call(432, context, 0, 0), "", AT_FDCWD, place_.c_str(), 4);
               },
               {{"move_mount.old_path", "/"}, {"move_mount.new_path", place_}});
}

TEST_F(Mounts, MoveMountWithinTheTree) {
  const std::string from = directory_ / "from";
  std::filesystem::create_directory(from);
  expect_event("move_mount", "move_mount.new_path endswith marked", 429,
               [&] {
                 if (alone() != 0 || mount("none", from.c_str(), "tmpfs", 0, nullptr) != 0) return -1;
                 return call(429, AT_FDCWD, from.c_str(), AT_FDCWD, place_.c_str(), 0);
               },
               {{"move_mount.old_path", from}, {"move_mount.new_path", place_}});
}

TEST_F(Mounts, Umount) {
  // The device is that of a tmpfs which the parent made, so that it is known beforehand.
  ASSERT_EQ(0, mount("none", place_.c_str(), "tmpfs", 0, nullptr));
  struct stat info {};
  ASSERT_EQ(0, stat(place_.c_str(), &info));
  expect_event("umount", "umount.path endswith marked", SYS_umount2,
               [&] { return umount2(place_.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW); },
               {{"umount.flags", std::to_string(MNT_DETACH | UMOUNT_NOFOLLOW)},
                {"umount.device", std::to_string(kernel_device(info.st_dev))},
                {"umount.path", place_}});
}

TEST_F(Mounts, PivotRoot) {
  expect_event("pivot_root", "pivot_root.new_root endswith marked", SYS_pivot_root,
               [&] {
                 if (alone() != 0 || mount("none", place_.c_str(), "tmpfs", 0, nullptr) != 0) return -1;
                 if (mkdir((place_ + "/old").c_str(), 0755) != 0) return -1;
                 return call(SYS_pivot_root, place_.c_str(), (place_ + "/old").c_str());
               },
               {{"pivot_root.new_root", place_}, {"pivot_root.old_root", place_ + "/old"}});
}

TEST_F(Mounts, Chroot) {
  struct stat info {};
  ASSERT_EQ(0, stat(place_.c_str(), &info));
  expect_event("chroot", "chroot.path endswith marked", SYS_chroot, [&] { return chroot(place_.c_str()); },
               {{"chroot.inode", std::to_string(info.st_ino)},
                {"chroot.device", std::to_string(kernel_device(info.st_dev))},
                {"chroot.path", place_}});
}

}  // namespace
}  // namespace picket::test
