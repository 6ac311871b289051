// SPDX-License-Identifier: Apache-2.0
//
// Ways round a rule about a file: tests/kernel/evasion/ways.def names them, the table of docs/evasion.md shows them.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

#include "tests/kernel/evasion/evasion.h"

namespace picket::test {
namespace {

// From another directory; not by /proc, whose names are links of another kind.
std::string link_chain(const Scene& scene) {
  std::string target = scene.file;
  for (const char* name : {"first", "second", "third"}) {
    const std::string link = scene.outside / name;
    if (symlink(target.c_str(), link.c_str()) != 0) _exit(123);
    target = link;
  }
  return target;
}

int open2(int directory, const std::string& path, std::uint64_t resolve) {
  open_how how{};
  how.flags = O_WRONLY;
  how.resolve = resolve;
  return static_cast<int>(syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how));
}

struct FileHandle {
  alignas(file_handle) char room[sizeof(file_handle) + MAX_HANDLE_SZ] = {};
  explicit FileHandle(const std::string& path) {
    get()->handle_bytes = MAX_HANDLE_SZ;
    int mount = 0;
    if (name_to_handle_at(AT_FDCWD, path.c_str(), get(), &mount, 0) != 0) get()->handle_bytes = 0;
  }
  file_handle* get() { return reinterpret_cast<file_handle*>(room); }
};

// Makes directories below the scene's until one lies that deep, and moves the file there, by relative paths as an
// intruder would; leaves the file's new path in scene.file.
void bury(Scene& scene, int depth, const std::string& name = "d") {
  std::string path = scene.directory;
  for (int i = 0; i < depth; ++i) {
    path += "/" + name;
    ASSERT_EQ(0, mkdir(path.c_str(), 0777)) << path;
  }
  ASSERT_EQ(0, rename(scene.file.c_str(), (path + "/file").c_str()));
  scene.file = path + "/file";
}

void rename_file(Scene& scene, const std::string& name) {
  ASSERT_EQ(0, rename(scene.file.c_str(), (scene.directory + "/" + name).c_str()));
  scene.file = scene.directory + "/" + name;
}

// As long as a path may be: the NUL byte makes it PATH_MAX.
void lengthen(Scene& scene) {
  constexpr std::size_t kLongest = PATH_MAX - 1, kName = 200;
  std::string path = scene.directory;
  while (kLongest - path.size() > kName + 1 + 200) {
    path += "/" + std::string(kName, 'd');
    ASSERT_EQ(0, mkdir(path.c_str(), 0777)) << path.size();
  }
  path += "/" + std::string(kLongest - path.size() - 1, 'f');
  ASSERT_EQ(kLongest, path.size());
  ASSERT_EQ(0, rename(scene.file.c_str(), path.c_str()));
  scene.file = path;
}

int write_to(const Scene& scene) { return overwrite(open(scene.file.c_str(), O_WRONLY)); }

// Has the kernel write "TEXT" to the file by `copy`, which gets two descriptors.
int write_by(const Scene& scene, const std::function<ssize_t(int from, int to)>& copy) {
  const int from = open(bait(scene).c_str(), O_RDONLY), to = open(scene.file.c_str(), O_WRONLY);
  return failure(to < 0 ? -1 : copy(from, to));
}

bool has_the_other_text(const Scene& scene) { return read_file(scene.directory + "/made") == "TEXT"; }

}  // namespace

TEST_F(Evasion, SymbolicLinks) {
  go({.act = [](const Scene& scene) { return overwrite(open(link_chain(scene).c_str(), O_WRONLY)); }});
}

TEST_F(Evasion, DotsAndSlashes) {
  go({.act = [](const Scene& scene) {
    const std::string path = scene.outside.path() + "/.././" + scene.directory.substr(sizeof("/run")) + "//./file";
    return overwrite(open(path.c_str(), O_WRONLY));
  }});
}

TEST_F(Evasion, FromADirectoryDescriptor) {
  go({.act = [](const Scene& scene) {
    return overwrite(openat(open(scene.directory.c_str(), O_PATH), "file", O_WRONLY));
  }});
}

TEST_F(Evasion, OwnRoot) {
  go({.act = [](const Scene& scene) {
    return overwrite(open(("/proc/self/root/proc/self/root" + scene.file).c_str(), O_WRONLY));
  }});
}

TEST_F(Evasion, RootOfAnother) {
  go({.act = [](const Scene& scene) { return overwrite(open(("/proc/1/root" + scene.file).c_str(), O_WRONLY)); }});
}

TEST_F(Evasion, DescriptorOpenedAgain) {
  go({.act = [](const Scene& scene) {
    return overwrite(open(descriptor_link(open(scene.file.c_str(), O_PATH)).c_str(), O_WRONLY));
  }});
}

TEST_F(Evasion, DescriptorOfAnother) {
  go({.act = [](const Scene& scene) {
    const int descriptor = open(scene.file.c_str(), O_PATH);
    const std::string link = "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(descriptor);
    return in_child([&] { return close(descriptor) ? 122 : overwrite(open(link.c_str(), O_WRONLY)); });
  }});
}

TEST_F(Evasion, Openat2InRoot) {
  go({.act = [](const Scene& scene) {
    return overwrite(open2(open(scene.directory.c_str(), O_PATH), "/../file", RESOLVE_IN_ROOT));
  }});
}

TEST_F(Evasion, Openat2Beneath) {
  go({.act = [](const Scene& scene) {
    return overwrite(open2(open(scene.directory.c_str(), O_PATH), "file", RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS));
  }});
}

TEST_F(Evasion, Handle) {
  go({.act = [](const Scene& scene) {
    FileHandle handle(scene.file);
    return overwrite(open_by_handle_at(open("/run", O_RDONLY), handle.get(), O_WRONLY));
  }});
}

TEST_F(Evasion, OtherThread) {
  go({.act = [](const Scene& scene) {
    int error = 0;
    std::thread([&] { error = write_to(scene); }).join();
    return error;
  }});
}

TEST_F(Evasion, MountNamespace) {
  go({.act = [](const Scene& scene) { return unshare(CLONE_NEWNS) != 0 ? 122 : write_to(scene); }});
}

// The user in it has no number there, and outside of it the one that it had.
TEST_F(Evasion, UserNamespace) {
  go({.prepare = [](Scene& scene) { ASSERT_EQ(0, chmod(scene.file.c_str(), 0666)); },
      .act = [](const Scene& scene) { return unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 ? 122 : write_to(scene); }});
}

TEST_F(Evasion, Deep25) {
  go({.prepare = [](Scene& scene) { bury(scene, 25); }, .act = write_to});
}

TEST_F(Evasion, Deep130) {
  go({.prepare = [](Scene& scene) { bury(scene, 130); }, .act = write_to});
}

TEST_F(Evasion, LongestPath) { go({.prepare = lengthen, .act = write_to}); }

TEST_F(Evasion, NameWithNewline) {
  go({.prepare = [](Scene& scene) { rename_file(scene, "two\nlines"); }, .act = write_to});
}

TEST_F(Evasion, NameThatIsNoText) {
  go({.prepare = [](Scene& scene) { rename_file(scene, "\xff\xc0\x80\x01"); }, .act = write_to});
}

TEST_F(Evasion, SharedMapping) {
  go({.act = [](const Scene& scene) {
    const int file = open(scene.file.c_str(), O_RDWR);
    if (file < 0) return errno;
    void* memory = mmap(nullptr, 4, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED) return errno;
    *static_cast<char*>(memory) = 'T';
    return 0;
  }});
}

TEST_F(Evasion, CopyFileRange) {
  go({.act = [](const Scene& scene) {
    return write_by(scene, [](int from, int to) { return copy_file_range(from, nullptr, to, nullptr, 4, 0); });
  }});
}

TEST_F(Evasion, Sendfile) {
  go({.act = [](const Scene& scene) {
    return write_by(scene, [](int from, int to) { return sendfile(to, from, nullptr, 4); });
  }});
}

TEST_F(Evasion, Splice) {
  go({.act = [](const Scene& scene) {
    return write_by(scene, [](int from, int to) -> ssize_t {
      int ends[2];
      if (pipe(ends) != 0 || splice(from, nullptr, ends[1], nullptr, 4, 0) != 4) return -1;
      return splice(ends[0], nullptr, to, nullptr, 4, 0);
    });
  }});
}

TEST_F(Evasion, NamelessFile) {
  go({.rule = "link",
      .act =
          [](const Scene& scene) {
            const int file = open(scene.outside.path().c_str(), O_TMPFILE | O_WRONLY, 0600);
            if (write(file, "TEXT", 4) != 4) return 123;
            const std::string made = scene.directory + "/made";
            return failure(linkat(AT_FDCWD, descriptor_link(file).c_str(), AT_FDCWD, made.c_str(), AT_SYMLINK_FOLLOW));
          },
      .happened = has_the_other_text});
}

TEST_F(Evasion, RenameIntoPlace) {
  go({.rule = "rename",
      .act = [](const Scene& scene) { return failure(rename(bait(scene).c_str(), scene.file.c_str())); }});
}

TEST_F(Evasion, Exchange) {
  go({.rule = "rename",
      .act =
          [](const Scene& scene) {
            return failure(renameat2(AT_FDCWD, scene.file.c_str(), AT_FDCWD, bait(scene).c_str(), RENAME_EXCHANGE));
          },
      .names_the_place = false});
}

}  // namespace picket::test
