// SPDX-License-Identifier: Apache-2.0
//
// Paths: whole as the process sees them, or flagged; mounts, roots and depth change nothing.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <limits.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/kernel.h"
#include "tests/kernel/support/suite.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

constexpr const char* kRule = R"(
- rule: open
  desc: Marked files, and the root.
  condition: (open.path endswith marked-by-path-test or open.path = /) and evt.is_open_read = true
  output: "path=%open.path\nflags=%header.flags\ntruncated=%evt.path_truncated"
  priority: DEBUG
- rule: exec
  desc: The helper.
  condition: evt.type = execve and exec.argv contains marked-by-path-test
  output: "path=%exec.path\ncwd=%exec.cwd\nflags=%header.flags"
  priority: DEBUG
)";

const std::string kMark = "marked-by-path-test";

// Makes `name` in the current directory and goes there: paths of any length come about this way.
int descend(const std::string& name) { return mkdir(name.c_str(), 0755) == 0 && chdir(name.c_str()) == 0 ? 0 : 1; }

int make_here(const std::string& name) { return close(open(name.c_str(), O_WRONLY | O_CREAT, 0644)); }

class Path : public SharedSensor<Path> {
 public:
  static std::string rules() { return kRule; }

 protected:
  // In a mount namespace of its own, so that nothing stays.
  Fields seen(const char* rule, const std::function<int()>& act) {
    Child child([&] {
      if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 1;
      return act();
    });
    EXPECT_EQ(0, child.wait());
    return wire_fields(sensor().next_alert(rule, child.pid()));
  }

  void expect_whole(const std::string& path, const std::function<int()>& act) {
    const Fields fields = seen("open", act);
    EXPECT_EQ(path, fields.at("path"));
    EXPECT_EQ("0", fields.at("flags"));
    EXPECT_EQ("false", fields.at("truncated"));
  }

  Directory directory_;
};

TEST_F(Path, AHundredAndThirtyDirectoriesDeep) {
  std::string path = directory_.path();
  for (int i = 0; i < 130; ++i) path += "/directory-" + std::to_string(i);
  path += "/" + kMark;
  const auto act = [&] {
    if (chdir(directory_.path().c_str()) != 0) return 1;
    for (int i = 0; i < 130; ++i) {
      if (descend("directory-" + std::to_string(i)) != 0) return 1;
    }
    make_here(kMark);
    return open(path.c_str(), O_RDONLY) < 0 ? 1 : 0;
  };
  expect_whole(path, act);
}

// The longest path that a call takes.
TEST_F(Path, Of4095Bytes) {
  std::vector<std::string> names;
  std::size_t left = PATH_MAX - 1 - directory_.path().size() - 1 - kMark.size();
  while (left > 0) {
    const std::size_t size = std::min<std::size_t>(left - 1, left > 256 && left < 260 ? 200 : 255);
    names.emplace_back(size, static_cast<char>('a' + names.size()));
    left -= size + 1;
  }
  std::string path = directory_.path();
  for (const std::string& name : names) path += "/" + name;
  path += "/" + kMark;
  ASSERT_EQ(PATH_MAX - 1, path.size());

  expect_whole(path, [&] {
    if (chdir(directory_.path().c_str()) != 0) return 1;
    for (const std::string& name : names) {
      if (descend(name) != 0) return 1;
    }
    make_here(kMark);
    return open(path.c_str(), O_RDONLY) < 0 ? 1 : 0;
  });
}

// Beyond that: the end of the path, flagged, never a path that looks whole.
TEST_F(Path, TooLongIsFlagged) {
  const std::string name(250, 'n');
  const Fields fields = seen("open", [&] {
    if (chdir(directory_.path().c_str()) != 0) return 1;
    for (int i = 0; i < 30; ++i) {
      if (descend(name) != 0) return 1;
    }
    make_here(kMark);
    return open(kMark.c_str(), O_RDONLY) < 0 ? 1 : 0;
  });
  std::string whole = directory_.path();
  for (int i = 0; i < 30; ++i) whole += "/" + name;
  whole += "/" + kMark;
  EXPECT_EQ("1", fields.at("flags"));  // path_truncated
  EXPECT_EQ("true", fields.at("truncated"));
  EXPECT_TRUE(whole.ends_with(fields.at("path"))) << fields.at("path");
  EXPECT_GT(fields.at("path").size(), 3000u);
  EXPECT_LT(fields.at("path").size(), whole.size());
}

TEST_F(Path, AcrossMounts) {
  const std::string inner = directory_ / "a/b";
  std::filesystem::create_directories(inner);
  expect_whole(inner + "/c/" + kMark, [&] {
    if (mount("none", inner.c_str(), "tmpfs", 0, nullptr) != 0 || mkdir((inner + "/c").c_str(), 0755) != 0) return 1;
    if (mount("none", (inner + "/c").c_str(), "tmpfs", 0, nullptr) != 0) return 1;
    const std::string file = inner + "/c/" + kMark;
    make_here(file);
    return open(file.c_str(), O_RDONLY) < 0 ? 1 : 0;
  });
}

// A bind mount is another name; what counts is the one that was used.
TEST_F(Path, ThroughABindMount) {
  std::filesystem::create_directories(directory_ / "source/deep");
  std::filesystem::create_directories(directory_ / "target");
  write_file(directory_ / ("source/deep/" + kMark), "");
  expect_whole(directory_ / ("target/" + kMark), [&] {
    if (mount((directory_ / "source/deep").c_str(), (directory_ / "target").c_str(), nullptr, MS_BIND, nullptr) != 0) {
      return 1;
    }
    return open((directory_ / ("target/" + kMark)).c_str(), O_RDONLY) < 0 ? 1 : 0;
  });
}

TEST_F(Path, InAnotherRoot) {
  std::filesystem::create_directories(directory_ / "root/etc");
  write_file(directory_ / ("root/etc/" + kMark), "");
  expect_whole("/etc/" + kMark, [&] {
    if (chroot((directory_ / "root").c_str()) != 0 || chdir("/etc") != 0) return 1;
    return open(kMark.c_str(), O_RDONLY) < 0 ? 1 : 0;
  });
}

TEST_F(Path, OfTheRootItself) {
  expect_whole("/", [] { return open("/", O_RDONLY) < 0 ? 1 : 0; });
}

TEST_F(Path, ExecutedInAnotherRoot) {
  std::filesystem::create_directories(directory_ / "root/bin");
  copy_file(helper_binary(), directory_ / "root/bin/tool");
  const Fields fields = seen("exec", [&] {
    if (chroot((directory_ / "root").c_str()) != 0 || chdir("/bin") != 0) return 1;
    return execute("./tool", {"tool", "exit", "0", kMark});
  });
  EXPECT_EQ("/bin/tool", fields.at("path"));
  EXPECT_EQ("/bin", fields.at("cwd"));
  EXPECT_EQ("0", fields.at("flags"));
}

TEST_F(Path, WorkingDirectoryTooLongIsFlagged) {
  const std::string name(250, 'n');
  const Fields fields = seen("exec", [&] {
    if (chdir(directory_.path().c_str()) != 0) return 1;
    for (int i = 0; i < 30; ++i) {
      if (descend(name) != 0) return 1;
    }
    return execute(helper_binary(), {"tool", "exit", "0", kMark});
  });
  EXPECT_EQ(helper_binary(), fields.at("path"));
  EXPECT_EQ("4", fields.at("flags"));  // cwd_truncated
  EXPECT_TRUE(fields.at("cwd").ends_with("/" + name));
}

}  // namespace
}  // namespace picket::test
