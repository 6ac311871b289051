// SPDX-License-Identifier: Apache-2.0
//
// Ways round a rule about a file by another name of it: another mount, another root, another link.
// tests/kernel/evasion/ways.def names them, the table of docs/evasion.md shows them.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <vector>

#include "tests/kernel/evasion/evasion.h"
#include "tests/kernel/support/files.h"

namespace picket::test {
namespace {

#ifndef OPEN_TREE_CLONE
constexpr unsigned OPEN_TREE_CLONE = 1;
#endif

// In a mount namespace of the child's own, which nobody else sees.
void own_mounts() {
  if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) _exit(123);
}

std::string mounted_on(const Scene& scene) { return scene.outside / "mount"; }

// What lies there is seen at mounted_on(), too.
std::string bound(const Scene& scene, const std::string& from, unsigned long flags = 0) {
  own_mounts();
  const std::string to = mounted_on(scene);
  if (mkdir(to.c_str(), 0777) != 0 || mount(from.c_str(), to.c_str(), nullptr, MS_BIND | flags, nullptr) != 0) {
    _exit(123);
  }
  return to;
}

int write_to(const std::string& path) { return overwrite(open(path.c_str(), O_WRONLY)); }

void link_elsewhere(Scene& scene) { ASSERT_EQ(0, link(scene.file.c_str(), (scene.outside / "link").c_str())); }

}  // namespace

TEST_F(Evasion, BindMount) {
  go({.act = [](const Scene& scene) { return write_to(bound(scene, scene.directory) + "/file"); }});
}

TEST_F(Evasion, BindMountOfTheFile) {
  go({.act = [](const Scene& scene) {
    own_mounts();
    const std::string to = bait(scene);
    if (mount(scene.file.c_str(), to.c_str(), nullptr, MS_BIND, nullptr) != 0) return 123;
    return write_to(to);
  }});
}

TEST_F(Evasion, BindMountOfAll) {
  go({.act = [](const Scene& scene) {
    return write_to(bound(scene, "/run", MS_REC) + scene.file.substr(sizeof("/run") - 1));
  }});
}

TEST_F(Evasion, MountMovedAway) {
  go({.act = [](const Scene& scene) {
    const std::string first = bound(scene, scene.directory), second = scene.outside / "moved";
    if (mkdir(second.c_str(), 0777) != 0 || mount(first.c_str(), second.c_str(), nullptr, MS_MOVE, nullptr) != 0) {
      return 123;
    }
    return write_to(second + "/file");
  }});
}

TEST_F(Evasion, DetachedMount) {
  go({.act = [](const Scene& scene) {
    const long tree = syscall(SYS_open_tree, AT_FDCWD, scene.directory.c_str(), OPEN_TREE_CLONE);
    return overwrite(openat(static_cast<int>(tree), "file", O_WRONLY));
  }});
}

TEST_F(Evasion, Chroot) {
  go({.act = [](const Scene& scene) {
    if (chroot(scene.directory.c_str()) != 0) return 123;
    return write_to("/file");
  }});
}

TEST_F(Evasion, HardLink) {
  go({.prepare = link_elsewhere, .act = [](const Scene& scene) { return write_to(scene.outside / "link"); }});
}

TEST_F(Evasion, ManyHardLinks) {
  go({.prepare =
          [](Scene& scene) {
            link_elsewhere(scene);
            for (int i = 0; i < 100; ++i) {
              ASSERT_EQ(0, link(scene.file.c_str(), (scene.outside / std::to_string(i)).c_str()));
            }
          },
      .act = [](const Scene& scene) { return write_to(scene.outside / "link"); }});
}

// A file with more names than are looked at may have any. Only what is refused is said then: nobody knows the name.
TEST(EvasionLimit, MoreHardLinksThanAreLookedAt) {
  constexpr int kLinks = 1100;  // 1,024 are looked at
  Directory named, elsewhere;
  const std::string file = named / "file";
  write_file(file, "text");
  const auto link_of = [&](int number) { return elsewhere / std::to_string(number); };
  for (int i = 0; i < kLinks; ++i) ASSERT_EQ(0, link(file.c_str(), link_of(i).c_str()));
  Sensor sensor(
      {.rules = deny("no writing", "open.path startswith " + named.path() + "/ and evt.is_open_write = true")});
  for (const int number : {0, kLinks / 2, kLinks - 1}) {
    EXPECT_EQ(EPERM, attempt([&] { return write_to(link_of(number)); })) << number;
    EXPECT_FALSE(sensor.next_alert("no writing").is_null());
  }
  EXPECT_EQ(0, attempt([&] { return failure(open(link_of(0).c_str(), O_RDONLY)); }));
}

// The sensor learns of mounts while it runs.
TEST_F(Evasion, BindMountOfWhatWasMountedSince) {
  std::vector<std::string> mounts;
  go({.prepare =
          [&mounts](Scene& scene) {
            const std::string mounted = scene.directory + "/since";
            ASSERT_EQ(0, mkdir(mounted.c_str(), 0755));
            ASSERT_EQ(0, mount("none", mounted.c_str(), "tmpfs", 0, nullptr));
            mounts.push_back(mounted);
            scene.file = mounted + "/file";
            write_file(scene.file, "text");
            sleep(2);
          },
      .act = [](const Scene& scene) { return write_to(bound(scene, scene.directory + "/since") + "/file"); }});
  for (const std::string& mounted : mounts) {
    EXPECT_EQ(0, umount2(mounted.c_str(), MNT_DETACH));
    std::filesystem::remove_all(std::filesystem::path(mounted).parent_path());
  }
}

TEST_F(Evasion, HardLinkThroughABindMount) {
  go({.prepare = link_elsewhere,
      .act = [](const Scene& scene) { return write_to(bound(scene, scene.outside.path()) + "/link"); }});
}

TEST_F(Evasion, UnlinkThroughABindMount) {
  go({.rule = "unlink",
      .act = [](const Scene& scene) { return failure(unlink((bound(scene, scene.directory) + "/file").c_str())); },
      .happened = [](const Scene& scene) { return access(scene.file.c_str(), F_OK) != 0; }});
}

TEST_F(Evasion, RenameThroughABindMount) {
  go({.rule = "rename",
      .act =
          [](const Scene& scene) {
            const std::string at = bound(scene, scene.directory);
            return failure(rename((at + "/file").c_str(), (at + "/other").c_str()));
          },
      .happened = [](const Scene& scene) { return access(scene.file.c_str(), F_OK) != 0; },
      .names_the_place = false});
}

TEST_F(Evasion, MkdirThroughABindMount) {
  go({.rule = "mkdir",
      .act = [](const Scene& scene) { return failure(mkdir((bound(scene, scene.directory) + "/made").c_str(), 0700)); },
      .happened = [](const Scene& scene) { return access((scene.directory + "/made").c_str(), F_OK) == 0; }});
}

}  // namespace picket::test
