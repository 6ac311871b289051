// SPDX-License-Identifier: Apache-2.0
//
// create, unlink, rmdir, rename, link, symlink, mkdir, mknod: every wire field.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/kernel/support/facts.h"
#include "tests/kernel/support/wire.h"

namespace picket::test {
namespace {

struct stat status_of(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(0, lstat(path.c_str(), &info)) << path;
  return info;
}

// What a record says of a file that was there before: inode, device, mode, links.
Fields file_fields(const std::string& kind, const std::string& path) {
  const struct stat info = status_of(path);
  return {
      {kind + ".inode", std::to_string(info.st_ino)},
      {kind + ".device", std::to_string(kernel_device(info.st_dev))},
      {kind + ".mode", std::to_string(info.st_mode)},
      {kind + ".links", std::to_string(info.st_nlink)},
  };
}

Fields operator+(Fields fields, const Fields& more) {
  fields.insert(more.begin(), more.end());
  return fields;
}

class DirectoryEvents : public testing::Test {
 protected:
  std::string device() const { return std::to_string(kernel_device(status_of(directory_.path()).st_dev)); }

  Directory directory_;
  const std::string file_ = directory_ / "marked \"file\"";
  const std::string other_ = directory_ / "marked-other";
};

TEST_F(DirectoryEvents, Create) {
  // Its inode number is known only afterwards, to the file system: the next one of this tmpfs is not to be foretold.
  write_file(file_, "");
  ASSERT_EQ(0, unlink(file_.c_str()));
  Sensor sensor({.rules = wire_rule("create", "create", "create.path contains marked")});
  const std::uint64_t since = boot_clock();
  umask(027);
  const int file = open(file_.c_str(), O_RDWR | O_CREAT | O_EXCL, 04666);
  umask(022);
  ASSERT_LE(0, file);
  const Fields actual = wire_fields(sensor.next_alert("create", getpid()));
  const struct stat info = status_of(file_);
  Fields expected = ordinary_header(actual, "create", getpid(), SYS_openat, since);
  expected.insert({
      {"create.inode", std::to_string(info.st_ino)},
      {"create.device", device()},
      {"create.mode", std::to_string(S_IFREG | 04640)},
      {"create.path", file_},
  });
  expect_fields(actual, expected);
  close(file);
}

TEST_F(DirectoryEvents, Unlink) {
  write_file(file_, "");
  ASSERT_EQ(0, link(file_.c_str(), other_.c_str()));
  ASSERT_EQ(0, chmod(file_.c_str(), 04751));
  expect_event(
      "unlink", "unlink.path contains marked", SYS_unlink, [&] { return unlink(file_.c_str()); },
      file_fields("unlink", file_) + Fields{{"unlink.path", file_}});
}

TEST_F(DirectoryEvents, Rmdir) {
  ASSERT_EQ(0, mkdir(file_.c_str(), 0750));
  expect_event(
      "rmdir", "rmdir.path contains marked", SYS_rmdir, [&] { return rmdir(file_.c_str()); },
      file_fields("rmdir", file_) + Fields{{"rmdir.path", file_}});
}

TEST_F(DirectoryEvents, RenameOntoNothing) {
  write_file(file_, "");
  expect_event(
      "rename", "rename.old_path contains marked", SYS_rename, [&] { return rename(file_.c_str(), other_.c_str()); },
      file_fields("rename", file_) + Fields{{"rename.replaced_inode", "0"},
                                            {"rename.flags", "0"},
                                            {"rename.old_path", file_},
                                            {"rename.new_path", other_}});
}

// Once, though older kernels ask twice about an exchange; and as the caller put it.
TEST_F(DirectoryEvents, RenameAsAnExchange) {
  write_file(file_, "");
  ASSERT_EQ(0, mkdir(other_.c_str(), 0700));
  expect_event(
      "rename", "rename.old_path contains marked", SYS_renameat2,
      [&] {
        constexpr unsigned kExchange = 2;
        return static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, file_.c_str(), AT_FDCWD, other_.c_str(), kExchange));
      },
      file_fields("rename", file_) + Fields{{"rename.replaced_inode", std::to_string(status_of(other_).st_ino)},
                                            {"rename.flags", "2"},
                                            {"rename.old_path", file_},
                                            {"rename.new_path", other_}});
}

TEST_F(DirectoryEvents, Link) {
  write_file(file_, "");
  expect_event(
      "link", "link.old_path contains marked", SYS_link, [&] { return link(file_.c_str(), other_.c_str()); },
      file_fields("link", file_) + Fields{{"link.old_path", file_}, {"link.new_path", other_}});
}

TEST_F(DirectoryEvents, Symlink) {
  const std::string target = "/nowhere/" + std::string(4000, 't');
  for (const std::string& text : {std::string("../x y"), target}) {
    unlink(file_.c_str());
    expect_event("symlink", "symlink.path contains marked", SYS_symlink,
                 [&] { return symlink(text.c_str(), file_.c_str()); },
                 {{"symlink.device", device()}, {"symlink.target", text}, {"symlink.path", file_}});
  }
}

// On a file system with ACLs the umask is taken off after the hook.
TEST_F(DirectoryEvents, Mkdir) {
  umask(0);
  expect_event("mkdir", "mkdir.path contains marked", SYS_mkdir, [&] { return mkdir(file_.c_str(), 01710); },
               {{"mkdir.device", device()}, {"mkdir.mode", std::to_string(01710)}, {"mkdir.path", file_}});
  umask(022);
}

struct NodeRow {
  mode_t mode;
  dev_t device;
  std::uint32_t reported;
};

TEST_F(DirectoryEvents, Mknod) {
  umask(0);
  for (const NodeRow& row : {NodeRow{S_IFCHR | 0620, makedev(1234, 567890), 1234u << 20 | 567890u},
                             NodeRow{S_IFBLK | 0600, makedev(8, 1), 8u << 20 | 1u},
                             NodeRow{S_IFIFO | 04644, makedev(8, 1), 0}, NodeRow{S_IFREG | 0600, 0, 0}}) {
    unlink(file_.c_str());
    expect_event("mknod", "mknod.path contains marked", SYS_mknodat,
                 [&] { return mknod(file_.c_str(), row.mode, row.device); },
                 {{"mknod.device", device()},
                  {"mknod.node_device", std::to_string(row.reported)},
                  {"mknod.mode", std::to_string(row.mode)},
                  {"mknod.path", file_}});
  }
  umask(022);
}

}  // namespace
}  // namespace picket::test
