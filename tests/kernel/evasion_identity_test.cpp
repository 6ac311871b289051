// SPDX-License-Identifier: Apache-2.0
//
// Other names of a file that a rule names: links, mounts, roots. The path of what is opened is another one; the file is
// the same.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/kernel/evasion/evasion.h"

namespace picket::test {
namespace {

std::string make_directory(const std::string& path) {
  if (mkdir(path.c_str(), 0777) != 0) _exit(123);
  return path;
}

// Where the scene's directory is bound to.
std::string bound(const Scene& scene) {
  std::string place = make_directory(scene.outside / "bound");
  if (mount(scene.directory.c_str(), place.c_str(), nullptr, MS_BIND, nullptr) != 0) _exit(123);
  return place;
}

// Where an overlay is mounted, in a mount namespace of its own.
std::string overlay(const Scene& scene, const std::string& layers) {
  std::string place = make_directory(scene.outside / "merged");
  if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      mount("overlay", place.c_str(), "overlay", 0, layers.c_str()) != 0) {
    _exit(123);
  }
  return place;
}

// Takes what is in it away, as a proof.
int read_out(int descriptor, const Scene& scene) {
  char text[5] = {};
  if (descriptor < 0) return errno;
  if (read(descriptor, text, 4) != 4 || std::string(text) != "text") return 122;
  return failure(open(scene.proof.c_str(), O_CREAT | O_WRONLY, 0600));
}

int open_for_writing(const std::string& path) { return open(path.c_str(), O_WRONLY); }

}  // namespace

TEST_F(EvasionIdentity, HardLink) {
  go({.prepare = [](Scene& scene) { ASSERT_EQ(0, link(scene.file.c_str(), (scene.outside / "link").c_str())); },
      .act = [](const Scene& scene) { return overwrite(open_for_writing(scene.outside / "link")); },
      .names_the_place = false});
}

TEST_F(EvasionIdentity, RenamedAway) {
  go({.prepare =
          [](Scene& scene) {
            ASSERT_EQ(0, rename(scene.file.c_str(), (scene.outside / "moved").c_str()));
            scene.file = scene.outside / "moved";
          },
      .act = [](const Scene& scene) { return overwrite(open_for_writing(scene.file)); },
      .names_the_place = false});
}

TEST_F(EvasionIdentity, BindMount) {
  go({.act =
          [](const Scene& scene) {
            const std::string place = bound(scene);
            const int error = overwrite(open_for_writing(place + "/file"));
            return umount2(place.c_str(), MNT_DETACH) == 0 ? error : 121;
          },
      .names_the_place = false});
}

TEST_F(EvasionIdentity, MountNamespaceOtherName) {
  go({.act =
          [](const Scene& scene) {
            if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
              return 123;
            return overwrite(open_for_writing(bound(scene) + "/file"));
          },
      .names_the_place = false});
}

TEST_F(EvasionIdentity, DetachedMount) {
  go({.act =
          [](const Scene& scene) {
            const long tree = syscall(SYS_open_tree, AT_FDCWD, scene.directory.c_str(), OPEN_TREE_CLONE);
            return tree < 0 ? 123 : overwrite(openat(static_cast<int>(tree), "file", O_WRONLY));
          },
      .names_the_place = false});
}

TEST_F(EvasionIdentity, Chroot) {
  go({.act =
          [](const Scene& scene) {
            return chroot(scene.directory.c_str()) != 0 ? 123 : overwrite(open_for_writing("/file"));
          },
      .names_the_place = false});
}

// A write would make a copy in the upper layer: this reads.
TEST_F(EvasionIdentity, OverlayLower) {
  go({.act =
          [](const Scene& scene) {
            const std::string place =
                overlay(scene, "lowerdir=" + scene.directory + ":" + make_directory(scene.outside / "lower"));
            return read_out(open((place + "/file").c_str(), O_RDONLY), scene);
          },
      .happened = is_proven,
      .names_the_place = false});
}

TEST_F(EvasionIdentity, OverlayUpper) {
  go({.act =
          [](const Scene& scene) {
            const std::string lower = make_directory(scene.outside / "lower");
            const std::string work = make_directory(scene.outside / "work");
            const std::string place =
                overlay(scene, "lowerdir=" + lower + ",upperdir=" + scene.directory + ",workdir=" + work);
            return overwrite(open_for_writing(place + "/file"));
          },
      .names_the_place = false});
}

}  // namespace picket::test
