// SPDX-License-Identifier: Apache-2.0
//
// What the spool promises while nothing breaks: order, group commit, checkpoint, and who may use the directory.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <numeric>

#include "tests/unit/exporters/spool/spool_case.h"

namespace picket {
namespace {

using std::chrono::milliseconds;
using Strings = std::vector<std::string>;

using SpoolTest = SpoolCase;

TEST_F(SpoolTest, GivesBackInTheOrderOfPutting) {
  open();
  put("a", Priority::Debug);
  put("b", Priority::Critical);
  put("c", Priority::Debug);
  put("d", Priority::Emergency);
  ASSERT_TRUE(spool_->sync());
  EXPECT_EQ(drain(), (Strings{"a", "b", "c", "d"}));
  EXPECT_TRUE(spool_->empty());
}

TEST_F(SpoolTest, HandsOutOnlyWhatIsOnTheDisk) {
  open();
  put("a");
  EXPECT_FALSE(spool_->next());
  EXPECT_EQ(spool_->state().spooled, 0U);
  EXPECT_FALSE(spool_->empty());

  const auto start = std::chrono::steady_clock::now();
  spool_->tick(start);
  EXPECT_FALSE(spool_->next()) << "not before the interval is over";
  spool_->tick(start + milliseconds(49));
  EXPECT_FALSE(spool_->next());
  spool_->tick(start + milliseconds(50));
  EXPECT_EQ(spool_->state().spooled, 1U);
  EXPECT_EQ(drain(), Strings{"a"});
}

// Sooner where that is asked for; on a slow disk, which takes most of 50 ms itself, not before the interval is over.
TEST_F(SpoolTest, IsOnTheDiskAsSoonAsAskedFor) {
  options_.sync_interval = milliseconds(10'000);  // no disk is so slow that three times as long is more
  options_.sync_soonest = milliseconds(5);
  open();
  const auto start = std::chrono::steady_clock::now();
  put("a");
  spool_->tick(start);
  spool_->tick(start + milliseconds(4));
  EXPECT_FALSE(spool_->next());
  spool_->tick(start + milliseconds(5));
  EXPECT_EQ(drain(), Strings{"a"});
  put("b");
  spool_->tick(start + milliseconds(10));
  spool_->tick(start + milliseconds(14));
  EXPECT_FALSE(spool_->next()) << "each has its own 5 ms";
  spool_->tick(start + milliseconds(9'000));
  EXPECT_EQ(drain(), Strings{"b"});
}

TEST_F(SpoolTest, ManyBytesAreSynchronisedBeforeTheInterval) {
  options_.sync_bytes = 10'000;
  open();
  for (int i = 0; i < 20; ++i) put(std::string(1000, 'x'));
  EXPECT_GE(spool_->state().spooled, 9U);
}

TEST_F(SpoolTest, WhatWasNotDeliveredComesAgainInTheNextRun) {
  open();
  for (const char* each : {"a", "b", "c", "d"}) put(each);
  ASSERT_TRUE(spool_->sync());
  Strings seen;
  std::vector<SpooledRecord::Position> positions;
  while (const auto record = spool_->next()) {
    EXPECT_FALSE(record->again);
    positions.push_back(record->position);
  }
  EXPECT_TRUE(spool_->delivered(positions[0]));
  EXPECT_FALSE(spool_->delivered(positions[0])) << "a second time";
  EXPECT_TRUE(spool_->delivered(positions[2]));  // an acknowledgement out of order

  open();
  EXPECT_EQ(spool_->recovery().records, 3U) << "c was delivered, but b holds the checkpoint back";
  EXPECT_EQ(spool_->recovery().lost_records, 0U);
  const auto record = spool_->next();
  ASSERT_TRUE(record);
  EXPECT_TRUE(record->again);
  EXPECT_EQ(record->payload, "b");
  EXPECT_TRUE(spool_->delivered(record->position));
  put("e");
  ASSERT_TRUE(spool_->sync());
  EXPECT_EQ(drain(), (Strings{"c", "d", "e"}));
}

TEST_F(SpoolTest, RewindHandsOutAgainWhatWasNotDelivered) {
  open();
  for (const char* each : {"a", "b", "c"}) put(each, each[0] == 'b' ? Priority::Error : Priority::Notice);
  ASSERT_TRUE(spool_->sync());
  const auto a = spool_->next()->position;
  const auto b = spool_->next()->position;
  spool_->next();
  EXPECT_FALSE(spool_->next());
  EXPECT_TRUE(spool_->delivered(b));
  EXPECT_EQ(spool_->rewind(), 0U);
  put("d");
  ASSERT_TRUE(spool_->sync());
  const auto again = spool_->next();
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->again);
  EXPECT_EQ(again->payload, "a");
  EXPECT_TRUE(spool_->delivered(a)) << "the first sending arrived after all";
  EXPECT_EQ(drain(), (Strings{"c", "d"}));
  EXPECT_EQ(spool_->state().records, 0U);
}

TEST_F(SpoolTest, ManySegmentsManyRuns) {
  options_.budget = 1 << 20;
  options_.segment_size = 2000;
  Strings expected;
  for (int run = 0; run < 5; ++run) {
    open();
    for (int i = 0; i < 200; ++i) {
      expected.push_back("record " + std::to_string(run * 1000 + i));
      put(expected.back(), static_cast<Priority>(i % 3 + 2));
    }
  }
  open();
  EXPECT_GT(segments().size(), 20U);
  EXPECT_EQ(spool_->state().records, 1000U);
  EXPECT_EQ(drain(), expected);
  close();
  EXPECT_TRUE(segments().empty()) << "what is delivered is removed";
}

TEST_F(SpoolTest, DeliveredSegmentsAreRemovedAfterACheckpoint) {
  options_.segment_size = 1000;
  open();
  for (int i = 0; i < 100; ++i) put(std::string(100, 'x'));
  ASSERT_TRUE(spool_->sync());
  const std::size_t before = segments().size();
  drain();
  const auto start = std::chrono::steady_clock::now();
  spool_->tick(start);
  EXPECT_EQ(segments().size(), before);
  spool_->tick(start + std::chrono::seconds(1));
  EXPECT_EQ(segments().size(), 1U) << "the one that is written";
}

TEST_F(SpoolTest, RecordsOfAnySizeAndAnyBytes) {
  options_.budget = 64 << 20;
  Strings expected{
      "",   std::string(1, '\0'), "\xf5\xfa\xff\xfe", std::string(70'000, '\xf5'), std::string(kSpoolMaxPayload, 'x'),
      "end"};
  open();
  for (const auto& each : expected) put(each);
  EXPECT_EQ(spool_->put(Priority::Notice, 1, std::string(kSpoolMaxPayload + 1, 'x')), Spool::Put::TooLarge);
  open();
  EXPECT_EQ(drain(), expected);
}

TEST_F(SpoolTest, TheDirectoryIsForOne) {
  open();
  EXPECT_NE(open_error().find("in use by another sensor"), std::string::npos);
  close();
  EXPECT_EQ(open_error(), "");
}

TEST_F(SpoolTest, TheDirectoryIsClosedToOthers) {
  std::filesystem::create_directory(options_.directory);
  ::chmod(options_.directory.c_str(), 0777);
  open();
  put("a");
  ASSERT_TRUE(spool_->sync());
  struct stat status;
  ASSERT_EQ(::stat(options_.directory.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
  for (const auto& path : segments()) {
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600U);
  }
}

TEST_F(SpoolTest, DirectoriesThatCannotBeUsed) {
  std::filesystem::create_directory(root_ + "/elsewhere");
  std::filesystem::create_directory_symlink(root_ + "/elsewhere", root_ + "/link");
  write_file(root_ + "/file", "text");
  const struct {
    std::string path;
    const char* message;
  } rows[] = {
      {root_ + "/link", "cannot be opened: Not a directory"},
      {root_ + "/file", "cannot be opened: Not a directory"},
      {root_ + "/none/spool", "cannot be made: No such file or directory"},
      {"", "cannot be made: No such file or directory"},
  };
  for (const auto& row : rows) {
    options_.directory = row.path;
    EXPECT_NE(open_error().find(row.message), std::string::npos) << row.path << ": " << open_error();
  }
}

TEST_F(SpoolTest, ABudgetTooSmallIsSaid) {
  options_.budget = 1000;
  EXPECT_NE(open_error().find("expected at least 65536"), std::string::npos) << open_error();
}

}  // namespace
}  // namespace picket
