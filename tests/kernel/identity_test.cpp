// SPDX-License-Identifier: Apache-2.0
//
// Files that have other names than the one a rule is about: by each of them the rule refuses, and only for as long as
// the file is that file.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <functional>
#include <string>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/files.h"
#include "tests/kernel/support/sensor.h"

namespace picket::test {
namespace {

std::string deny(const std::string& name, const std::string& condition) {
  return "- rule: " + name + "\n  desc: d\n  condition: " + condition +
         "\n  output: refused\n  priority: WARNING\n  action: deny\n";
}

// 0, or the errno with which it failed.
int failure(long result) { return result < 0 ? errno : 0; }

int attempt(const std::function<int()>& act) {
  Child child(act);
  child.go();
  const int status = child.wait();
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int try_to_open(const std::string& path) {
  return attempt([&] { return failure(open(path.c_str(), O_RDONLY)); });
}

// A protected directory and another one, on the same file system.
class Identity : public testing::Test {
 protected:
  Identity() { write_file(file_, "text"); }

  std::string keys() const { return deny("keys", "open.path startswith " + protected_.path() + "/"); }
  std::string file() const { return deny("file", "open.path = " + file_); }

  Directory protected_, other_;
  const std::string file_ = protected_ / "file";
  const std::string second_ = other_ / "second";
};

TEST_F(Identity, HardLinkFromBefore) {
  ASSERT_EQ(0, link(file_.c_str(), second_.c_str()));
  for (const std::string& rules : {keys(), file()}) {
    Sensor sensor({.rules = rules});
    EXPECT_EQ(EPERM, try_to_open(file_));
    EXPECT_EQ(EPERM, try_to_open(second_));
    const Json alert = sensor.next_alert(rules == keys() ? "keys" : "file");
    ASSERT_FALSE(alert.is_null());
    EXPECT_EQ("denied", alert.at("event").at("decision"));
  }
}

TEST_F(Identity, HardLinkMadeMeanwhile) {
  Sensor sensor({.rules = keys()});
  EXPECT_EQ(0, attempt([&] { return failure(link(file_.c_str(), second_.c_str())); }));
  EXPECT_EQ(EPERM, try_to_open(second_));
  // The first name goes: the file is still that file.
  ASSERT_EQ(0, unlink(file_.c_str()));
  EXPECT_EQ(EPERM, try_to_open(second_));
  // A link of the link, and another name for it.
  const std::string third = other_ / "third";
  EXPECT_EQ(0, attempt([&] { return failure(link(second_.c_str(), third.c_str())); }));
  EXPECT_EQ(EPERM, try_to_open(third));
  EXPECT_EQ(0, attempt([&] { return failure(rename(third.c_str(), (third + ".new").c_str())); }));
  EXPECT_EQ(EPERM, try_to_open(third + ".new"));
}

TEST_F(Identity, OthersAreNotRefused) {
  write_file(second_, "another file");
  Sensor sensor({.rules = keys() + deny("by name", "open.name = nobody")});
  EXPECT_EQ(0, try_to_open(second_));
  const std::string third = other_ / "third";
  ASSERT_EQ(0, link(second_.c_str(), third.c_str()));
  EXPECT_EQ(0, try_to_open(third));
  EXPECT_TRUE(sensor.alerts().empty());
}

// Files come and go until one gets the number that the protected one had.
TEST_F(Identity, ANumberThatIsUsedAgain) {
  const std::string image = other_ / "image", mounted = other_ / "mounted";
  ASSERT_EQ(0, mkdir(mounted.c_str(), 0700));
  Sensor sensor({.rules = keys()});
  for (int round = 0; round < 64; ++round) {
    const std::string first = protected_ / "again", second = other_ / "again";
    write_file(first, "text");
    ASSERT_EQ(0, link(first.c_str(), second.c_str()));
    ASSERT_EQ(EPERM, try_to_open(second));
    ASSERT_EQ(0, unlink(first.c_str()));
    ASSERT_EQ(0, unlink(second.c_str()));
    write_file(second, "another file");
    ASSERT_EQ(0, try_to_open(second));
    ASSERT_EQ(0, unlink(second.c_str()));
  }
}

TEST_F(Identity, BindMounts) {
  write_file(second_, "");
  Sensor sensor({.rules = file()});
  EXPECT_EQ(EPERM, attempt([&] {
              if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 99;
              if (mount(file_.c_str(), second_.c_str(), nullptr, MS_BIND, nullptr) != 0) return 98;
              return failure(open(second_.c_str(), O_RDONLY));
            }));
  EXPECT_EQ(EPERM, attempt([&] {
              const int tree = static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, file_.c_str(), 1 /* OPEN_TREE_CLONE */));
              if (tree < 0) return 99;
              return failure(open(("/proc/self/fd/" + std::to_string(tree)).c_str(), O_RDONLY));
            }));
  // What is put in its place is protected from then on, its mounts included.
  const std::string next = protected_ / "next";
  write_file(next, "text");
  EXPECT_EQ(0, attempt([&] { return failure(rename(next.c_str(), file_.c_str())); }));
  EXPECT_EQ(EPERM, attempt([&] {
              if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 99;
              if (mount(file_.c_str(), second_.c_str(), nullptr, MS_BIND, nullptr) != 0) return 98;
              return failure(open(second_.c_str(), O_RDONLY));
            }));
}

TEST_F(Identity, RenamedIntoPlace) {
  write_file(second_, "text");
  const std::string third = other_ / "third";
  ASSERT_EQ(0, link(second_.c_str(), third.c_str()));
  Sensor sensor({.rules = file()});
  EXPECT_EQ(0, try_to_open(third));
  EXPECT_EQ(0, attempt([&] { return failure(rename(second_.c_str(), file_.c_str())); }));
  EXPECT_EQ(EPERM, try_to_open(file_));
  EXPECT_EQ(EPERM, try_to_open(third));
  // Moved away it is no longer what the rule is about.
  EXPECT_EQ(0, attempt([&] { return failure(rename(file_.c_str(), second_.c_str())); }));
  EXPECT_EQ(0, try_to_open(second_));
  EXPECT_EQ(0, try_to_open(third));
}

// What is refused, or fails, changes nothing: nobody makes a file that he cannot move one that rules protect.
TEST_F(Identity, WhatFailsCountsForNothing) {
  write_file(second_, "text");
  ASSERT_EQ(0, link(file_.c_str(), (other_ / "link").c_str()));
  ASSERT_EQ(0, chmod(other_.path().c_str(), 0755));
  Sensor sensor({.rules = file()});
  const auto as_nobody = [](const std::function<int()>& act) {
    return attempt([&] { return setgid(65534) != 0 || setuid(65534) != 0 ? 99 : act(); });
  };
  EXPECT_EQ(EACCES, as_nobody([&] { return failure(rename(second_.c_str(), file_.c_str())); }));
  EXPECT_EQ(0, try_to_open(second_));
  EXPECT_EQ(EACCES, as_nobody([&] { return failure(rename(file_.c_str(), second_.c_str())); }));
  EXPECT_EQ(EPERM, try_to_open(other_ / "link"));
}

TEST_F(Identity, Execution) {
  const std::string program = protected_ / "program", second = other_ / "program";
  copy_file("/bin/true", program);
  Sensor sensor({.rules = deny("no", "evt.type in (execve, execveat) and proc.exepath startswith " + protected_.path() + "/")});
  ASSERT_EQ(0, attempt([&] { return failure(link(program.c_str(), second.c_str())); }));
  const auto run = [](const std::string& path) {
    return attempt([&] {
      execl(path.c_str(), "program", nullptr);
      return errno;
    });
  };
  EXPECT_EQ(EPERM, run(program));
  EXPECT_EQ(EPERM, run(second));
  EXPECT_EQ(0, run("/bin/true"));
}

TEST_F(Identity, OtherOperations) {
  ASSERT_EQ(0, link(file_.c_str(), second_.c_str()));
  Sensor sensor({.rules = deny("chmod", "chmod.path = " + file_) + deny("rename", "rename.old_path = " + file_) +
                          deny("replace", "rename.new_path = " + file_) + deny("unlink", "unlink.path = " + file_)});
  EXPECT_EQ(EPERM, attempt([&] { return failure(chmod(second_.c_str(), 0777)); }));
  EXPECT_EQ(EPERM, attempt([&] { return failure(rename(second_.c_str(), (second_ + ".new").c_str())); }));
  EXPECT_EQ(EPERM, attempt([&] { return failure(unlink(second_.c_str())); }));
  const std::string third = other_ / "third";
  write_file(third, "text");
  EXPECT_EQ(EPERM, attempt([&] { return failure(rename(third.c_str(), second_.c_str())); }));
  EXPECT_EQ(0, attempt([&] { return failure(rename(third.c_str(), (third + ".new").c_str())); }));
  struct stat status {};
  ASSERT_EQ(0, stat(second_.c_str(), &status));
  EXPECT_NE(0777u, status.st_mode & 0777u);
  EXPECT_EQ("text", read_file(second_));
}

TEST_F(Identity, AReloadKeepsNames) {
  const std::string rules = other_ / "rules.yaml";
  write_file(rules, keys());
  Sensor sensor({.arguments = {"--rules", rules, "--rules-watch", "false", "--control", other_ / "control"}});
  EXPECT_EQ(0, attempt([&] { return failure(link(file_.c_str(), second_.c_str())); }));
  ASSERT_EQ(0, unlink(file_.c_str()));
  EXPECT_EQ(EPERM, try_to_open(second_));
  write_file(rules, keys() + deny("more", "open.path = /run/nobody"));
  kill(sensor.pid(), SIGHUP);
  sleep(3);
  EXPECT_EQ(EPERM, try_to_open(second_));
}

TEST_F(Identity, MoreNamesThanThereIsRoomFor) {
  Sensor sensor({.rules = keys()});
  ASSERT_EQ(0, attempt([&] {
              for (int i = 0; i < 9000; ++i) {
                const std::string first = protected_ / std::to_string(i);
                write_file(first, "");
                if (link(first.c_str(), (other_ / std::to_string(i)).c_str()) != 0) return 1;
              }
              return 0;
            }));
  EXPECT_EQ(EPERM, try_to_open(other_ / "0"));
  sleep(2);
  EXPECT_NE(std::string::npos, sensor.log().find("names of files could not be kept"));
}

}  // namespace
}  // namespace picket::test
