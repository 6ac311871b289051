// SPDX-License-Identifier: Apache-2.0
//
// The record of the last version: kept, and never taken for absent when it is only unreadable.
#include "sensor/trust/version_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensor/trust/encoding.h"
#include "tests/support/signing.h"

namespace picket::trust {
namespace {

using testing::HasSubstr;

const PolicyVersion kSeven = {7, sha256("seven")};
const PolicyVersion kEight = {8, sha256("eight")};

TEST(VersionRecord, IsKept) {
  const test::SigningDirectory directory;
  const std::string path = directory / "state/record";
  auto record = VersionRecord::open(path);
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ((*record)->last(), std::nullopt);
  struct stat status {};
  ASSERT_EQ(stat((directory / "state").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0700u);

  ASSERT_TRUE((*record)->stage(kSeven));
  EXPECT_EQ((*record)->last(), std::nullopt) << "it is not in force yet";
  EXPECT_FALSE(directory.has("state/record"));
  ASSERT_TRUE((*record)->commit(kSeven));
  EXPECT_EQ((*record)->last(), kSeven);
  EXPECT_EQ(directory.read("state/record"), "picket policy record 1\nversion 7\npolicy " + sha256("seven") + "\n");
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);

  ASSERT_TRUE((*record)->stage(kEight));
  (*record)->discard();
  EXPECT_FALSE(directory.has("state/record.new"));
  EXPECT_EQ((*VersionRecord::open(path))->last(), kSeven);
}

TEST(VersionRecord, IsRefusedWhenItCannotBeReliedOn) {
  const std::string seven = print(kSeven);
  const struct {
    const char* what;
    void (*make)(const test::SigningDirectory& directory, const std::string& good);
    const char* answer;
  } rows[] = {
      {"empty", [](auto& d, auto&) { d.write("record", "", 0600); }, "its content is none of ours"},
      {"cut", [](auto& d, auto& good) { d.write("record", good.substr(0, good.size() - 1), 0600); }, "none of ours"},
      {"longer", [](auto& d, auto& good) { d.write("record", good + "\n", 0600); }, "none of ours"},
      {"Windows", [](auto& d, auto&) { d.write("record", "picket policy record 1\r\n", 0600); }, "none of ours"},
      {"other format", [](auto& d, auto& good) { d.write("record", std::string(good).replace(21, 1, "2"), 0600); },
       "none of ours"},
      {"no number", [](auto& d, auto& good) { d.write("record", std::string(good).replace(31, 1, "x"), 0600); },
       "none of ours"},
      {"huge", [](auto& d, auto& good) { d.write("record", good + std::string(5000, 'x'), 0600); }, "larger than"},
      {"writable by all", [](auto& d, auto& good) { d.write("record", good, 0622); },
       "others than its owner may write"},
      {"a directory", [](auto& d, auto& good) { d.write("record/x", good); }, "not a regular file"},
      {"a link",
       [](auto& d, auto& good) {
         d.write("real", good, 0600);
         ASSERT_EQ(symlink("real", (d / "record").c_str()), 0);
       },
       "not a regular file"},
      {"a dangling link", [](auto& d, auto&) { ASSERT_EQ(symlink("none", (d / "record").c_str()), 0); },
       "not a regular file"},
      {"a directory for all", [](auto& d, auto&) { chmod((d / "").c_str(), 0777); },
       "its directory: others than its owner may write"},
  };
  for (const auto& row : rows) {
    const test::SigningDirectory directory;
    row.make(directory, seven);
    const auto record = VersionRecord::open(directory / "record");
    ASSERT_FALSE(record) << row.what;
    EXPECT_THAT(record.error().message, HasSubstr("cannot tell which policy was in force before: ")) << row.what;
    EXPECT_THAT(record.error().message, HasSubstr(row.answer)) << row.what;
  }
}

TEST(VersionRecord, SaysWhenItCannotBeWritten) {
  const test::SigningDirectory directory;
  auto record = VersionRecord::open(directory / "record");
  ASSERT_TRUE(record);
  directory.write("record.new/x", "");  // a directory where the file is to be
  const auto staged = (*record)->stage(kSeven);
  ASSERT_FALSE(staged);
  EXPECT_THAT(staged.error().message, HasSubstr("cannot record which policy is in force: "));
  EXPECT_FALSE(VersionRecord::open("/proc/picket/record"));
}

// What was in force is remembered even if the disk does not.
TEST(VersionRecord, MemoryDoesNotNeedTheDisk) {
  const test::SigningDirectory directory;
  auto record = VersionRecord::open(directory / "record");
  ASSERT_TRUE((*record)->stage(kSeven));
  directory.remove("record.new");
  EXPECT_FALSE((*record)->commit(kSeven));
  EXPECT_EQ((*record)->last(), kSeven);

  ASSERT_TRUE((*record)->stage(kSeven)) << "it is tried again";
  EXPECT_TRUE((*record)->commit(kSeven));
  EXPECT_EQ(directory.read("record"), print(kSeven));

  directory.write("record", "whatever", 0600);
  ASSERT_TRUE((*record)->stage(kSeven));
  EXPECT_TRUE((*record)->commit(kSeven));
  EXPECT_EQ(directory.read("record"), "whatever") << "nothing has changed, so nothing is written";
}

}  // namespace
}  // namespace picket::trust
