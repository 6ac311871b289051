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
#include "tests/kernel/support/suite.h"
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

class DirectoryEvents : public SharedSensor<DirectoryEvents> {
 public:
  static std::string rules() {
    return marked_rules({"create.path", "unlink.path", "rmdir.path", "rename.old_path", "link.old_path", "symlink.path",
                         "mkdir.path", "mknod.path"});
  }

 protected:
  std::string device() const { return std::to_string(kernel_device(status_of(directory_.path()).st_dev)); }

  // Names that only the kind's rule is about.
  std::string file_for(const std::string& kind) const { return directory_ / ("a \"file\" " + mark_of(kind)); }
  std::string other_for(const std::string& kind) const { return directory_ / ("other " + mark_of(kind)); }

  Directory directory_;
};

TEST_F(DirectoryEvents, Create) {
  // Its inode number is known only afterwards, to the file system: the next one of this tmpfs is not to be foretold.
  const std::string file = file_for("create");
  write_file(file, "");
  sensor().next_alert("create", getpid());
  ASSERT_EQ(0, unlink(file.c_str()));
  const std::size_t said_before = sensor().alerts().size();
  const std::uint64_t since = boot_clock();
  umask(027);
  const int opened = open(file.c_str(), O_RDWR | O_CREAT | O_EXCL, 04666);
  umask(022);
  ASSERT_LE(0, opened);
  const Fields actual = wire_fields(sensor().next_alert("create", getpid()));
  const struct stat info = status_of(file);
  Fields expected = ordinary_header(actual, "create", getpid(), SYS_openat, since);
  expected.insert({
      {"create.inode", std::to_string(info.st_ino)},
      {"create.device", device()},
      {"create.mode", std::to_string(S_IFREG | 04640)},
      {"create.path", file},
  });
  expect_fields(actual, expected);
  EXPECT_EQ(said_before + 1, sensor().alerts().size());
  close(opened);
}

TEST_F(DirectoryEvents, Unlink) {
  const std::string file = file_for("unlink");
  write_file(file, "");
  ASSERT_EQ(0, link(file.c_str(), (directory_ / "second name").c_str()));
  ASSERT_EQ(0, chmod(file.c_str(), 04751));
  expect_event(
      sensor(), "unlink", SYS_unlink, [&] { return unlink(file.c_str()); },
      file_fields("unlink", file) + Fields{{"unlink.path", file}});
}

TEST_F(DirectoryEvents, Rmdir) {
  const std::string file = file_for("rmdir");
  ASSERT_EQ(0, mkdir(file.c_str(), 0750));
  expect_event(
      sensor(), "rmdir", SYS_rmdir, [&] { return rmdir(file.c_str()); },
      file_fields("rmdir", file) + Fields{{"rmdir.path", file}});
}

TEST_F(DirectoryEvents, RenameOntoNothing) {
  const std::string file = file_for("rename"), other = other_for("rename");
  write_file(file, "");
  expect_event(
      sensor(), "rename", SYS_rename, [&] { return rename(file.c_str(), other.c_str()); },
      file_fields("rename", file) + Fields{{"rename.replaced_inode", "0"},
                                           {"rename.flags", "0"},
                                           {"rename.old_path", file},
                                           {"rename.new_path", other}});
}

// Once, though older kernels ask twice about an exchange; and as the caller put it.
TEST_F(DirectoryEvents, RenameAsAnExchange) {
  const std::string file = file_for("rename"), other = other_for("rename");
  write_file(file, "");
  ASSERT_EQ(0, mkdir(other.c_str(), 0700));
  expect_event(
      sensor(), "rename", SYS_renameat2,
      [&] {
        constexpr unsigned kExchange = 2;
        return static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, file.c_str(), AT_FDCWD, other.c_str(), kExchange));
      },
      file_fields("rename", file) + Fields{{"rename.replaced_inode", std::to_string(status_of(other).st_ino)},
                                           {"rename.flags", "2"},
                                           {"rename.old_path", file},
                                           {"rename.new_path", other}});
}

TEST_F(DirectoryEvents, Link) {
  const std::string file = file_for("link"), other = other_for("link");
  write_file(file, "");
  expect_event(
      sensor(), "link", SYS_link, [&] { return link(file.c_str(), other.c_str()); },
      file_fields("link", file) + Fields{{"link.old_path", file}, {"link.new_path", other}});
}

TEST_F(DirectoryEvents, Symlink) {
  const std::string file = file_for("symlink");
  const std::string target = "/nowhere/" + std::string(4000, 't');
  for (const std::string& text : {std::string("../x y"), target}) {
    unlink(file.c_str());
    expect_event(sensor(), "symlink", SYS_symlink, [&] { return symlink(text.c_str(), file.c_str()); },
                 {{"symlink.device", device()}, {"symlink.target", text}, {"symlink.path", file}});
  }
}

// On a file system with ACLs the umask is taken off after the hook.
TEST_F(DirectoryEvents, Mkdir) {
  const std::string file = file_for("mkdir");
  umask(0);
  expect_event(sensor(), "mkdir", SYS_mkdir, [&] { return mkdir(file.c_str(), 01710); },
               {{"mkdir.device", device()}, {"mkdir.mode", std::to_string(01710)}, {"mkdir.path", file}});
  umask(022);
}

struct NodeRow {
  mode_t mode;
  dev_t device;
  std::uint32_t reported;
};

TEST_F(DirectoryEvents, Mknod) {
  const std::string file = file_for("mknod");
  umask(0);
  for (const NodeRow& row : {NodeRow{S_IFCHR | 0620, makedev(1234, 567890), 1234u << 20 | 567890u},
                             NodeRow{S_IFBLK | 0600, makedev(8, 1), 8u << 20 | 1u},
                             NodeRow{S_IFIFO | 04644, makedev(8, 1), 0}, NodeRow{S_IFREG | 0600, 0, 0}}) {
    unlink(file.c_str());
    expect_event(sensor(), "mknod", SYS_mknodat, [&] { return mknod(file.c_str(), row.mode, row.device); },
                 {{"mknod.device", device()},
                  {"mknod.node_device", std::to_string(row.reported)},
                  {"mknod.mode", std::to_string(row.mode)},
                  {"mknod.path", file}});
  }
  umask(022);
}

}  // namespace
}  // namespace picket::test
