// SPDX-License-Identifier: Apache-2.0
//
// chmod, chown, truncate, setxattr: every wire field.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>

#include "tests/kernel/support/child.h"
#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/suite.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

class Attributes : public SharedSensor<Attributes> {
 public:
  static std::string rules() {
    return marked_rules({"chmod.path", "chown.path", "truncate.path"}) +
           wire_rule("setxattr", "setxattr",
                     "setxattr.name = trusted.picket or setxattr.name startswith system.posix_acl");
  }

 protected:
  void SetUp() override {
    write_file(file_, "eleven bits");
    ASSERT_EQ(0, chmod(file_.c_str(), 0751));
    ASSERT_EQ(0, chown(file_.c_str(), 11, 12));
    ASSERT_EQ(0, stat(file_.c_str(), &info_));
  }

  // From now on the kind's rule, and no other, is about the file: it is not about how the file was made.
  void mark_for(const std::string& kind) {
    const std::string marked = directory_ / mark_of(kind);
    ASSERT_EQ(0, rename(file_.c_str(), marked.c_str()));
    file_ = marked;
  }

  Fields fields(const std::string& kind, const Fields& more) const {
    Fields all = {
        {kind + ".inode", std::to_string(info_.st_ino)},
        {kind + ".device", std::to_string(kernel_device(info_.st_dev))},
        {kind + ".path", file_},
    };
    all.insert(more.begin(), more.end());
    return all;
  }

  Fields attribute(const std::string& path, int flags = 0) const {
    Fields all = fields(
        "setxattr",
        {{"setxattr.size", "5"}, {"setxattr.flags", std::to_string(flags)}, {"setxattr.name", "trusted.picket"}});
    all["setxattr.path"] = path;
    return all;
  }

  static int set(const std::string& path, int flags = 0) {
    return setxattr(path.c_str(), "trusted.picket", "value", 5, flags);
  }

  Directory directory_;
  std::string file_ = directory_ / "file";
  struct stat info_ {};
};

TEST_F(Attributes, Chmod) {
  mark_for("chmod");
  expect_event(
      sensor(), "chmod", SYS_chmod, [&] { return chmod(file_.c_str(), 06755); },
      fields("chmod", {{"chmod.mode", std::to_string(06755)}, {"chmod.old_mode", std::to_string(S_IFREG | 0751)}}));
}

TEST_F(Attributes, Chown) {
  mark_for("chown");
  expect_event(
      sensor(), "chown", SYS_chown, [&] { return chown(file_.c_str(), 21, -1u); },
      fields("chown", {{"chown.mode", std::to_string(S_IFREG | 0751)},
                       {"chown.uid", "21"},
                       {"chown.gid", "4294967295"},
                       {"chown.old_uid", "11"},
                       {"chown.old_gid", "12"}}));
}

TEST_F(Attributes, Truncate) {
  mark_for("truncate");
  expect_event(
      sensor(), "truncate", SYS_truncate, [&] { return truncate(file_.c_str(), 3); },
      fields("truncate",
             {{"truncate.size", "11"}, {"truncate.mode", std::to_string(S_IFREG | 0751)}, {"truncate.links", "1"}}));
}

TEST_F(Attributes, TruncateByAnOpen) {
  mark_for("truncate");
  expect_event(
      sensor(), "truncate", SYS_openat, [&] { return open(file_.c_str(), O_WRONLY | O_TRUNC) < 0; },
      fields("truncate",
             {{"truncate.size", "11"}, {"truncate.mode", std::to_string(S_IFREG | 0751)}, {"truncate.links", "1"}}));
}

// ---- setxattr: the hook does not say through which mount ----

TEST_F(Attributes, SetxattrOnAnotherMountThanRootAndWorkingDirectory) {
  expect_event(
      sensor(), "setxattr", SYS_setxattr, [&] { return chdir("/") != 0 || set(file_, XATTR_CREATE) != 0; },
      attribute(file_, XATTR_CREATE));
}

TEST_F(Attributes, SetxattrOnTheMountOfTheWorkingDirectory) {
  expect_event(
      sensor(), "setxattr", SYS_setxattr, [&] { return chdir("/run") != 0 || set("." + file_.substr(4)) != 0; },
      attribute(file_));
}

// Of two bind mounts that are left of a file system, the one that has the file below its root.
TEST_F(Attributes, SetxattrThroughTheOneMountThatShowsIt) {
  for (const char* name : {"whole", "beside", "bound"}) std::filesystem::create_directory(directory_ / name);
  Child child([&] {
    const std::string whole = directory_ / "whole";
    const auto bind = [&](const std::string& from, const char* to) {
      return mount((whole + from).c_str(), (directory_ / to).c_str(), nullptr, MS_BIND, nullptr);
    };
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("none", whole.c_str(), "tmpfs", 0, nullptr) != 0 || mkdir((whole + "/a").c_str(), 0755) != 0 ||
        mkdir((whole + "/b").c_str(), 0755) != 0 || bind("/b", "beside") != 0 || bind("/a", "bound") != 0 ||
        umount2(whole.c_str(), MNT_DETACH) != 0) {
      return 1;
    }
    write_file(directory_ / "bound/file", "");
    return set(directory_ / "bound/file");
  });
  EXPECT_EQ(0, child.wait());
  const Fields actual = wire_fields(sensor().next_alert("setxattr", child.pid()));
  EXPECT_EQ(directory_ / "bound/file", actual.at("setxattr.path"));
  EXPECT_EQ("0", actual.at("header.flags"));
}

// Unmounted, and still there by its descriptor: the path in the file system, flagged.
TEST_F(Attributes, SetxattrOnNoMountAtAll) {
  const std::string place = directory_ / "place";
  std::filesystem::create_directory(place);
  ASSERT_EQ(0, mount("none", place.c_str(), "tmpfs", 0, nullptr));
  std::filesystem::create_directory(place + "/deep");
  write_file(place + "/deep/file", "");
  const int file = open((place + "/deep/file").c_str(), O_RDWR);
  ASSERT_EQ(0, umount2(place.c_str(), MNT_DETACH));
  EXPECT_EQ(0, fsetxattr(file, "trusted.picket", "value", 5, 0));
  const Fields actual = wire_fields(sensor().next_alert("setxattr", getpid()));
  close(file);
  EXPECT_EQ("/deep/file", actual.at("setxattr.path"));
  EXPECT_EQ("1", actual.at("header.flags"));  // path_truncated
}

// Through hooks of their own since 6.2. The value: version 2, then owner, group and others, as chmod has them.
TEST_F(Attributes, SetxattrOfAnAcl) {
  const unsigned char acl[] = {2,  0, 0, 0,                                                      //
                               1,  0, 6, 0, 255, 255, 255, 255, 4, 0, 4, 0, 255, 255, 255, 255,  //
                               32, 0, 0, 0, 255, 255, 255, 255};
  Fields expected = attribute(file_);
  expected["setxattr.name"] = "system.posix_acl_access";
  expected["setxattr.size"] = "28";
  expect_event(
      sensor(), "setxattr", SYS_setxattr,
      [&] { return setxattr(file_.c_str(), "system.posix_acl_access", acl, sizeof(acl), 0); }, expected);
}

}  // namespace
}  // namespace picket::test
