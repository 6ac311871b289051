// SPDX-License-Identifier: Apache-2.0
//
// The kernel programs remember directories that paths went through (bpf/lib/directories.bpf.h). What they remember of
// one must not count for another, nor any longer than it is so: each case opens a file often enough that its directory
// is remembered, changes what the path is, and expects what a rule says of the new one.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/files.h"
#include "tests/kernel/support/kernel.h"
#include "tests/kernel/support/refusal.h"
#include "tests/kernel/support/scale.h"
#include "tests/kernel/support/sensor.h"

namespace picket::test {
namespace {

constexpr int kRefused = ENOTUNIQ;  // no call of these fails with it by itself

int open_once(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return errno;
  close(file);
  return 0;
}

void make_file(const std::string& path) { ASSERT_EQ(0, mknod(path.c_str(), S_IFREG | 0644, 0)); }  // opens nothing

// The first look is at the whole path, later ones at what was remembered.
void expect_always(int result, const std::string& path) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(result, open_once(path)) << path << ", open number " << i + 1;
}

// Rules about two places: by a whole name and by a directory above.
struct Scene {
  Directory top;
  const std::string root = top.path();
  Sensor sensor{{.rules = deny("no opening",
                               "open.path = " + root + "/kept/in/file or open.path startswith " + root +
                                   "/below/ or open.path = /in/file",
                               "  errno: ENOTUNIQ\n")}};

  std::string at(const std::string& path) const { return root + "/" + path; }
  void make(const std::string& path) const {
    std::filesystem::create_directories(std::filesystem::path(at(path)).parent_path());
    make_file(at(path));
  }
  void rename(const std::string& from, const std::string& to) const {
    ASSERT_EQ(0, ::rename(at(from).c_str(), at(to).c_str()));
  }
  void bind(const std::string& from, const std::string& to) const {
    ASSERT_EQ(0, mount(at(from).c_str(), at(to).c_str(), nullptr, MS_BIND, nullptr));
  }
};

}  // namespace

TEST(Remembered, UntilADirectoryIsRenamed) {
  Scene scene;
  scene.make("free/in/file");
  for (const char* const place : {"kept", "below", "free"}) {
    SCOPED_TRACE(place);
    const bool is_free = std::string(place) == "free";
    if (!is_free) scene.rename("free", place);
    expect_always(is_free ? 0 : kRefused, scene.at(std::string(place) + "/in/file"));
    if (!is_free) scene.rename(place, "free");
    expect_always(0, scene.at("free/in/file"));
  }
  scene.rename("free/in", "free/out");
  expect_always(0, scene.at("free/out/file"));
  scene.rename("free", "kept");
  expect_always(0, scene.at("kept/out/file"));
  scene.rename("kept/out", "kept/in");
  expect_always(kRefused, scene.at("kept/in/file"));
}

TEST(Remembered, UntilTwoDirectoriesAreExchanged) {
  Scene scene;
  scene.make("free/in/file");
  scene.make("kept/in/file");
  for (int i = 0; i < 10; ++i) {
    expect_always(0, scene.at("free/in/file"));
    expect_always(kRefused, scene.at("kept/in/file"));
    ASSERT_EQ(0, renameat2(AT_FDCWD, scene.at("free").c_str(), AT_FDCWD, scene.at("kept").c_str(), RENAME_EXCHANGE));
  }
}

/*
 * Nothing is renamed here, and a directory's entry and inode number are given to the next one: what tells is the
 * inode's generation.
 */
TEST(Remembered, NotOfTheDirectoryThatWasThereBefore) {
  Scene scene;
  const long rounds = scaled("rounds", 2'000);
  long passed = 0, refused = 0;
  for (long i = 0; i < rounds; ++i) {
    for (const char* const name : {"free", "kept"}) {
      const std::string above = scene.at(name), directory = above + "/in", file = directory + "/file";
      ASSERT_EQ(0, mkdir(above.c_str(), 0755));
      ASSERT_EQ(0, mkdir(directory.c_str(), 0755));
      ASSERT_EQ(0, mknod(file.c_str(), S_IFREG | 0644, 0));
      for (int opens = 0; opens < 2; ++opens) {
        const int result = open_once(file);
        passed += result == 0;
        refused += result == kRefused;
      }
      ASSERT_EQ(0, unlink(file.c_str()));
      ASSERT_EQ(0, rmdir(directory.c_str()));
      ASSERT_EQ(0, rmdir(above.c_str()));
    }
  }
  EXPECT_EQ(2 * rounds, passed);
  EXPECT_EQ(2 * rounds, refused);
}

TEST(Remembered, UntilSomethingIsMounted) {
  Scene scene;
  scene.make("free/in/file");
  scene.make("kept/in/other");
  scene.make("other/place");
  expect_always(0, scene.at("free/in/file"));
  for (int i = 0; i < 3; ++i) {
    scene.bind("free", "kept");
    expect_always(kRefused, scene.at("kept/in/file"));
    expect_always(0, scene.at("free/in/file"));
    scene.bind("kept/in", "other");
    expect_always(0, scene.at("other/file"));
    EXPECT_EQ(0, umount2(scene.at("kept").c_str(), MNT_DETACH));
    EXPECT_EQ(0, umount2(scene.at("other").c_str(), 0));
    expect_always(0, scene.at("free/in/file"));
  }
}

TEST(Remembered, UntilAMountIsMoved) {
  Scene scene;
  std::filesystem::create_directories(scene.at("free"));
  std::filesystem::create_directories(scene.at("kept"));
  ASSERT_EQ(0, unshare(CLONE_NEWNS));
  ASSERT_EQ(0, mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr));
  ASSERT_EQ(0, mount("remembered", scene.at("free").c_str(), "tmpfs", 0, nullptr));
  scene.make("free/in/file");
  for (int i = 0; i < 3; ++i) {
    expect_always(0, scene.at("free/in/file"));
    ASSERT_EQ(0, mount(scene.at("free").c_str(), scene.at("kept").c_str(), nullptr, MS_MOVE, nullptr));
    expect_always(kRefused, scene.at("kept/in/file"));
    ASSERT_EQ(0, mount(scene.at("kept").c_str(), scene.at("free").c_str(), nullptr, MS_MOVE, nullptr));
  }
  EXPECT_EQ(0, umount2(scene.at("free").c_str(), MNT_DETACH));
}

// A process whose root is another has another path to the same file: a root within a mount, and one where a mount
// begins.
TEST(Remembered, NotForAProcessWithAnotherRoot) {
  Scene scene;
  scene.make("free/in/file");
  scene.make("mounted/anything");
  scene.bind("free", "mounted");
  for (const char* const root : {"free", "mounted"}) {
    SCOPED_TRACE(root);
    for (int i = 0; i < 3; ++i) {
      expect_always(0, scene.at("free/in/file"));
      expect_always(0, scene.at(std::string(root) + "/in/file"));
      EXPECT_EQ(kRefused, attempt([&] {
                  if (chroot(scene.at(root).c_str()) != 0 || chdir("/") != 0) return 255;
                  const int first = open_once("/in/file");
                  return first == open_once("/in/file") ? first : 254;
                }));
    }
  }
  EXPECT_EQ(0, umount2(scene.at("mounted").c_str(), MNT_DETACH));
}

// What `picket doctor` says of it, run by this program with these arguments before it.
std::string doctor_says(std::vector<std::string> command) {
  Directory directory;
  const std::string output = directory / "output";
  command.insert(command.end(), {picket_binary(), "doctor"});
  Child child([&] {
    if (dup2(open(output.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600), 1) < 0) return 126;
    return execute("/usr/bin/" + command.front(), command);
  });
  EXPECT_EQ(0, child.wait());
  const std::string text = read_file(output);
  const std::size_t row = text.find("remembered directories");
  if (row == std::string::npos || row < 5) return text;
  return text.substr(row - 5, text.find("\n  ", row + 1) - row + 5);
}

// The kernel tells where it counts renames and mounts, but not to everybody.
TEST(Remembered, DoctorSaysWhether) {
  using testing::HasSubstr;
  using testing::StartsWith;
  const std::string said = doctor_says({"env"}), without = doctor_says({"setpriv", "--bounding-set", "-syslog"});
  if (kernel_release() < KernelRelease{6, 2}) {
    EXPECT_THAT(said, AllOf(StartsWith("no "), HasSubstr("came with Linux 6.2")));
    return;
  }
  EXPECT_THAT(said, StartsWith("yes")) << "nothing is remembered here, and the other cases show little";
  EXPECT_THAT(without, AllOf(StartsWith("no "), HasSubstr("does not tell where")));
}

// Whatever a rule asks of a path, the answer is the same when its directory is remembered.
TEST(Remembered, TheSameIsSaid) {
  struct Asked {
    std::string condition;  // of the path; * stands for the rule's own directory
    std::vector<std::string> matched, others;
  };
  std::string deep;
  for (int i = 0; i < 20; ++i) deep += "/x";
  const std::map<std::string, Asked> asked = {
      {"exact", {"open.path = */a/b", {"/a/b"}, {"/a/c", "/b"}}},
      {"child",
       {"open.path startswith */a/ and not open.path startswith */a/b/", {"/a/c", "/a/d/c"}, {"/a/b/c", "/c"}}},
      {"below", {"open.path startswith */a/b/", {"/a/b/c", "/a/b/d/e"}, {"/a/c", "/b/c"}}},
      {"name", {"open.path endswith /end and open.path startswith */", {"/end", "/a/end"}, {"/a/b", "/ends/a"}}},
      {"way",
       {"open.path contains /.way/ and open.path startswith */",
        {"/.way/a", "/a/.way/b", "/.way/.way/a", "/.way" + deep, deep + "/.way/a"},
        {"/c/.way", "/way/a", deep + "/a"}}},
      {"glob", {"open.path glob */a-?/b", {"/a-1/b", "/a-2/b"}, {"/a-1/c", "/a/b"}}},
      {"deep", {"open.path startswith */x/x/x/x", {deep + "/a", "/x/x/x/xyz/a"}, {"/x/x/x/a"}}},
  };
  constexpr int kTimes = 4;
  Directory top;
  std::string text;
  std::vector<std::string> files;
  std::map<std::string, int> expected, said;
  for (const auto& [name, rule] : asked) {
    const std::string own = top.path() + "/" + name;
    std::string condition = rule.condition;
    for (std::size_t at; (at = condition.find('*')) != std::string::npos;) condition.replace(at, 1, own);
    text += "- rule: " + name + "\n  desc: one\n  condition: " + condition +
            "\n  output: \"%open.path\"\n  priority: NOTICE\n";
    for (const std::string& file : rule.matched) expected[name + " " + own + file] = kTimes;
    for (const auto* some : {&rule.matched, &rule.others}) {
      for (const std::string& file : *some) files.push_back(own + file);
    }
  }
  for (const std::string& file : files) {
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    write_file(file, "");
  }
  Sensor sensor({.rules = text});
  for (int i = 0; i < kTimes; ++i) {
    for (const std::string& file : files) EXPECT_EQ(0, open_once(file)) << file;
  }
  EXPECT_EQ(0, sensor.stop()) << sensor.log();
  for (const Json& alert : sensor.alerts()) {
    if (asked.contains(alert.value("rule", ""))) ++said[alert.value("rule", "") + " " + alert.value("message", "")];
  }
  EXPECT_EQ(expected, said);
}

// ---- the texts of remembered directories ----

// A sensor that tells every open below a directory of its own, by its path.
struct Teller {
  Directory top;
  Sensor sensor{{.rules = "- rule: Opened\n  desc: one\n  condition: open.path startswith " + top.path() +
                          "/\n  output: \"%open.path\"\n  priority: NOTICE\n"}};
  std::vector<std::string> expected = {};

  // The first look finds no directory, the second no text.
  void open_often(const std::string& path, int times = 4) {
    for (int i = 0; i < times; ++i) {
      EXPECT_EQ(0, open_once(path)) << path;
      expected.push_back(path);
    }
  }
  void expect_all_told() {
    EXPECT_EQ(0, sensor.stop()) << sensor.log();
    std::vector<std::string> told;
    for (const Json& alert : sensor.alerts()) {
      if (alert.value("rule", "") == "Opened") told.push_back(alert.value("message", ""));
    }
    EXPECT_EQ(expected, told);
  }
};

// Names and directories of every length around those that are treated otherwise: by words of 8 and 16 bytes, up to the
// longest name, and directories that are just short enough or too long for their texts to be kept (92 bytes).
TEST(RememberedText, OfEveryLength) {
  Teller teller;
  const std::string top = teller.top.path() + "/";
  for (const std::size_t bytes : {top.size() + 1, 64ul, 91ul, 92ul, 93ul, 127ul, 128ul, 200ul}) {
    const std::string directory = top + std::string(bytes - top.size(), 'd');
    ASSERT_EQ(bytes, directory.size());
    ASSERT_TRUE(std::filesystem::create_directory(directory));
    for (const std::size_t length : {1ul, 7ul, 8ul, 9ul, 15ul, 16ul, 17ul, 31ul, 128ul, 254ul, 255ul}) {
      const std::string file = directory + "/" + std::string(length - 1, 'f') + std::to_string(length % 10);
      make_file(file);
      teller.open_often(file);
    }
  }
  teller.expect_all_told();
}

TEST(RememberedText, OfTheNameThatIsNow) {
  Teller teller;
  const auto at = [&](const std::string& name) { return teller.top.path() + "/" + name; };
  std::filesystem::create_directories(at("first/in"));
  make_file(at("first/in/file"));
  std::string name = "first";
  for (const char* const next : {"2", "a-third-and-longer-one", "4th", "first", "2"}) {
    teller.open_often(at(name + "/in/file"));
    std::filesystem::rename(at(name), at(next));
    name = next;
    teller.open_often(at(name + "/in/file"));
    std::filesystem::rename(at(name + "/in/file"), at(name + "/in/other"));
    teller.open_often(at(name + "/in/other"));
    std::filesystem::rename(at(name + "/in/other"), at(name + "/in/file"));
  }
  teller.expect_all_told();
}

// Who renames elsewhere all the time makes nobody's path another one, nor an incomplete one.
TEST(RememberedText, WhileOthersRename) {
  Teller teller;
  Directory elsewhere;
  const std::string directory = teller.top.path() + "/some/where";
  std::filesystem::create_directories(directory);
  const std::string files[] = {directory + "/file", directory + "/another-file-with-a-longer-name"};
  for (const std::string& file : files) make_file(file);
  Child renamer([&] {
    const std::string a = elsewhere.path() + "/a", b = elsewhere.path() + "/b";
    if (mkdir(a.c_str(), 0755) != 0) return 1;
    for (;;) {
      if (rename(a.c_str(), b.c_str()) != 0 || rename(b.c_str(), a.c_str()) != 0) return 1;
      usleep(100);
    }
  });
  renamer.go();
  const long rounds = scaled("rounds", 500);
  for (long i = 0; i < rounds; ++i) {
    for (const std::string& file : files) teller.open_often(file, 1);
  }
  renamer.end();
  teller.expect_all_told();
}

}  // namespace picket::test
