// SPDX-License-Identifier: Apache-2.0
//
// Hashes as fields: what they show, when they are asked for, and which file an event is about.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "rules/event/catalogue.h"
#include "rules/event/hashed_file.h"
#include "tests/support/record.h"

namespace picket {
namespace {

using test::Record;

Sha256 counting() {
  Sha256 sha256{};
  for (std::size_t i = 0; i < sha256.size(); ++i) sha256[i] = static_cast<std::uint8_t>(i * 8);
  return sha256;
}
constexpr std::string_view kCounting = "0008101820283038404850586068707880889098a0a8b0b8c0c8d0d8e0e8f0f8";

TEST(HashDigits, AreReadAsTheyAreWritten) {
  std::string digits(kSha256Digits, ' ');
  write_digits(counting(), digits.data());
  EXPECT_EQ(kCounting, digits);
  EXPECT_EQ(counting(), read_digits(digits));
  for (const std::string& wrong : {std::string(), digits + "0", digits.substr(1), "F" + digits.substr(1),
                                   " " + digits.substr(1), "g" + digits.substr(1)}) {
    EXPECT_FALSE(read_digits(wrong)) << wrong;
  }
}

TEST(HashProblems, EachIsDescribed) {
  for (std::size_t problem = 0; problem < kHashProblems; ++problem) {
    EXPECT_FALSE(describe(static_cast<HashProblem>(problem)).empty());
  }
}

class HashFields : public testing::Test {
 protected:
  HashFields() {
    process_.known = true;
    process_.inode = 7;
    open_->inode = 9;
    open_->file_mode = 1;
    open_->mode = S_IFREG | 0644;
    open_.text(&pk_open::path, "/tmp/data");
    event_ = open_.event(process_);
  }
  std::string shown(std::string_view name) {
    std::string text;
    append_text(text, find_field(name)->get(event_, -1, scratch_));
    return text;
  }

  Process process_;
  Record<pk_open> open_{Kind::open};
  Event event_;
  Scratch scratch_;
  Hashes lacking_;
};

TEST_F(HashFields, ShowWhatIsKnown) {
  EXPECT_EQ("<NA>", shown("proc.exe_hash.sha256"));
  EXPECT_EQ("<NA>", shown("file.hash.sha256"));
  const FileHash known = FileHash::known(counting());
  process_.exe_hash = known;
  event_.file_hash = &known;
  EXPECT_EQ(kCounting, shown("proc.exe_hash.sha256"));
  EXPECT_EQ(kCounting, shown("file.hash.sha256"));
}

TEST_F(HashFields, AskForWhatIsNotAskedFor) {
  event_.lacking = &lacking_;
  shown("proc.exe_hash.sha256");
  EXPECT_EQ((Hashes{.executable = true}), lacking_);
  shown("file.hash.sha256");
  EXPECT_EQ((Hashes{.executable = true, .file = true}), lacking_);
}

TEST_F(HashFields, DoNotAskAgainForWhatIsMissingOrIsNoFile) {
  event_.lacking = &lacking_;
  process_.exe_hash = FileHash::missing(HashProblem::Gone);
  const FileHash missing = FileHash::missing(HashProblem::TooLarge);
  event_.file_hash = &missing;
  EXPECT_EQ("<NA>", shown("proc.exe_hash.sha256"));
  EXPECT_EQ("<NA>", shown("file.hash.sha256"));
  process_ = {};  // a kernel thread
  event_.file_hash = nullptr;
  open_->mode = S_IFDIR | 0755;
  shown("proc.exe_hash.sha256");
  shown("file.hash.sha256");
  EXPECT_FALSE(lacking_.any());
}

TEST(HashedFile, OfAnOpenForReading) {
  const Process process;
  Record<pk_open> open(Kind::open);
  open->inode = 9;
  open->device = 3;
  open->file_mode = 1;
  open->mode = S_IFREG | 0644;
  open.text(&pk_open::path, "/tmp/data");
  const auto file = hashed_file(open.event(process));
  ASSERT_TRUE(file);
  EXPECT_EQ(9u, file->inode);
  EXPECT_EQ(3u, file->device);
  EXPECT_EQ("/tmp/data", file->path);
  EXPECT_EQ("", file->other_path);
  open->header.flags = PK_FLAG_path_truncated;
  EXPECT_EQ("", hashed_file(open.event(process))->path);
  open->file_mode = 3;
  EXPECT_FALSE(hashed_file(open.event(process)));
  open->file_mode = 1;
  open->mode = S_IFIFO | 0644;
  EXPECT_FALSE(hashed_file(open.event(process)));
}

TEST(HashedFile, OfARenameEitherName) {
  const Process process;
  Record<pk_rename> rename(Kind::rename);
  rename->inode = 9;
  rename->mode = S_IFREG | 0644;
  rename.text(&pk_rename::old_path, "/tmp/old").text(&pk_rename::new_path, "/tmp/new");
  const auto file = hashed_file(rename.event(process));
  ASSERT_TRUE(file);
  EXPECT_EQ("/tmp/new", file->path);
  EXPECT_EQ("/tmp/old", file->other_path);
  rename->header.flags = PK_FLAG_old_path_truncated;
  EXPECT_EQ("", hashed_file(rename.event(process))->other_path);
}

TEST(HashedFile, OfMappedMemoryOnlyWhenThereIsAFile) {
  const Process process;
  Record<pk_mmap> mmap(Kind::mmap);
  EXPECT_FALSE(hashed_file(mmap.event(process)));
  mmap->inode = 9;
  mmap.text(&pk_mmap::path, "/usr/lib/x.so");
  EXPECT_TRUE(hashed_file(mmap.event(process)));
}

}  // namespace
}  // namespace picket
