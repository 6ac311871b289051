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
#include <vector>

#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/suite.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

int alone() { return unshare(CLONE_NEWNS) == 0 ? mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) : -1; }

int call(long number, auto... arguments) { return static_cast<int>(syscall(number, arguments...)); }

class Mounts : public SharedSensor<Mounts> {
 public:
  static std::string rules() {
    return marked_rules({"mount.path", "move_mount.new_path", "umount.path", "pivot_root.new_root", "chroot.path"});
  }

 protected:
  // A new directory that only the kind's rule is about.
  std::string make_place(const std::string& kind) const {
    const std::string place = directory_ / mark_of(kind);
    std::filesystem::create_directory(place);
    return place;
  }

  Directory directory_;
};

TEST_F(Mounts, MountWithAllArguments) {
  const std::string place = make_place("mount");
  const std::string options = "size=64k,mode=0700";
  expect_event(sensor(), "mount", SYS_mount,
               [&] {
                 return alone() != 0 ||
                        mount("the source", place.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str());
               },
               {{"mount.flags", std::to_string(MS_NOSUID | MS_NODEV)},
                {"mount.source", "the source"},
                {"mount.type", "tmpfs"},
                {"mount.options", options},
                {"mount.path", place}});
}

// What was not given is not there.
TEST_F(Mounts, MountWithNone) {
  const std::string place = make_place("mount");
  expect_event(sensor(), "mount", SYS_mount,
               [&] { return alone() != 0 || mount(place.c_str(), place.c_str(), nullptr, MS_BIND, nullptr); },
               {{"mount.flags", std::to_string(MS_BIND)},
                {"mount.source", place},
                {"mount.type", "<NA>"},
                {"mount.options", "<NA>"},
                {"mount.path", place}});
}

struct OptionsRow {
  std::string given, reported;
};

TEST_F(Mounts, OptionsAreShownAsFarAsTheyAreText) {
  const std::string place = make_place("mount");
  const std::string long_text = "x=" + std::string(400, 'o');
  std::vector<OptionsRow> rows;  // one by one: GCC 12 warns of a list of three
  rows.push_back({long_text, long_text.substr(0, 255)});
  rows.push_back({"a=\x01\x02", "<NA>"});
  rows.push_back({std::string(200, 'a') + "\x7f", "<NA>"});
  for (const OptionsRow& row : rows) {
    expect_event(sensor(), "mount", SYS_mount,
                 [&] {
                   if (alone() != 0) return 1;
                   mount("none", place.c_str(), "tmpfs", 0, row.given.c_str());  // fails, after the hook
                   return 0;
                 },
                 {{"mount.flags", "0"},
                  {"mount.source", "none"},
                  {"mount.type", "tmpfs"},
                  {"mount.options", row.reported},
                  {"mount.path", place}});
  }
}

// A new mount is in no tree yet: its path begins at its own root.
TEST_F(Mounts, MoveMountOfANewOne) {
  const std::string place = make_place("move_mount");
  expect_event(sensor(), "move_mount", 429,
               [&] {
                 const int context = call(430, "tmpfs", 0);                                       // fsopen
                 if (alone() != 0 || call(431, context, 6, nullptr, nullptr, 0) != 0) return -1;  // fsconfig, create
                 return call(429, call(432, context, 0, 0), "", AT_FDCWD, place.c_str(), 4);
               },
               {{"move_mount.old_path", "/"}, {"move_mount.new_path", place}});
}

TEST_F(Mounts, MoveMountWithinTheTree) {
  const std::string place = make_place("move_mount");
  const std::string from = directory_ / "from";
  std::filesystem::create_directory(from);
  expect_event(sensor(), "move_mount", 429,
               [&] {
                 if (alone() != 0 || mount("none", from.c_str(), "tmpfs", 0, nullptr) != 0) return -1;
                 return call(429, AT_FDCWD, from.c_str(), AT_FDCWD, place.c_str(), 0);
               },
               {{"move_mount.old_path", from}, {"move_mount.new_path", place}});
}

TEST_F(Mounts, Umount) {
  const std::string place = make_place("umount");
  // The device is that of a tmpfs which the parent made, so that it is known beforehand.
  ASSERT_EQ(0, mount("none", place.c_str(), "tmpfs", 0, nullptr));
  struct stat info {};
  ASSERT_EQ(0, stat(place.c_str(), &info));
  expect_event(sensor(), "umount", SYS_umount2, [&] { return umount2(place.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW); },
               {{"umount.flags", std::to_string(MNT_DETACH | UMOUNT_NOFOLLOW)},
                {"umount.device", std::to_string(kernel_device(info.st_dev))},
                {"umount.path", place}});
}

TEST_F(Mounts, PivotRoot) {
  const std::string place = make_place("pivot_root");
  expect_event(sensor(), "pivot_root", SYS_pivot_root,
               [&] {
                 if (alone() != 0 || mount("none", place.c_str(), "tmpfs", 0, nullptr) != 0) return -1;
                 if (mkdir((place + "/old").c_str(), 0755) != 0) return -1;
                 return call(SYS_pivot_root, place.c_str(), (place + "/old").c_str());
               },
               {{"pivot_root.new_root", place}, {"pivot_root.old_root", place + "/old"}});
}

TEST_F(Mounts, Chroot) {
  const std::string place = make_place("chroot");
  struct stat info {};
  ASSERT_EQ(0, stat(place.c_str(), &info));
  expect_event(sensor(), "chroot", SYS_chroot, [&] { return chroot(place.c_str()); },
               {{"chroot.inode", std::to_string(info.st_ino)},
                {"chroot.device", std::to_string(kernel_device(info.st_dev))},
                {"chroot.path", place}});
}

}  // namespace
}  // namespace picket::test
