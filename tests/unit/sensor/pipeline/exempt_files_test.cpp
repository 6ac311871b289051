// SPDX-License-Identifier: Apache-2.0
//
// Which files are told to the kernel, when they are new, replaced, or not root's.
#include "sensor/pipeline/exempt_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/support/signing.h"

namespace picket {
namespace {

TEST(ExemptFiles, ThoseThatAreThereAndThoseThatCome) {
  const test::SigningDirectory directory;
  const std::string runc = directory.write("root/usr/bin/runc", "x", 0755);
  std::vector<std::uint64_t> told;
  ExemptFiles files({"/usr/bin/runc", "/usr/bin/crun"}, directory / "root",
                    [&told](const pk_file_id& file) { told.push_back(file.inode); });
  files.look();
  files.look();
  ASSERT_EQ(1u, told.size());
  struct stat status {};
  ASSERT_EQ(0, stat(runc.c_str(), &status));
  EXPECT_EQ(status.st_ino, told[0]);

  directory.write("root/usr/bin/new", "y", 0755);
  std::filesystem::rename(directory / "root/usr/bin/new", runc);  // an update
  directory.write("root/usr/bin/crun", "z", 0755);
  files.look();
  EXPECT_EQ(3u, told.size());
  EXPECT_EQ(3u, files.size()) << "the old one goes on counting";
}

TEST(ExemptFiles, NotWhatOthersCouldChange) {
  const test::SigningDirectory directory;
  const std::string open_to_all = directory.write("open", "x", 0777);
  std::filesystem::create_directory(directory / "directory");
  std::size_t told = 0;
  ExemptFiles files({open_to_all, directory / "directory", directory / "missing"}, "/",
                    [&told](const pk_file_id&) { ++told; });
  files.look();
  EXPECT_EQ(0u, told);
  std::filesystem::create_hard_link(directory / "alice.pub", directory / "missing");
  std::filesystem::create_symlink("alice.pub", directory / "link");
  files.look();
  EXPECT_EQ(1u, told);
}

}  // namespace
}  // namespace picket
