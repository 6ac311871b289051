// SPDX-License-Identifier: Apache-2.0
//
// Bytes on the disk change or vanish: every other record is kept, in order, and what is missing is counted.
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "exporters/spool/crc32c.h"
#include "tests/unit/exporters/spool/spool_case.h"

namespace picket {
namespace {

using Strings = std::vector<std::string>;

class SpoolDamageTest : public SpoolCase {
 protected:
  static constexpr std::size_t kPayload = 20;
  static constexpr std::size_t kFrame = kFrameHeaderSize + kPayload;

  // A spool of one segment with that many records, as a killed sensor leaves it.
  void make(std::size_t count) {
    open();
    for (std::size_t i = 0; i < count; ++i) {
      std::string payload = "record " + std::to_string(i);
      payload.resize(kPayload, '.');
      records_.push_back(payload);
      put(payload);
    }
    ASSERT_TRUE(spool_->sync());
    crash();
    path_ = segments().at(0);
    bytes_ = read_file(path_);
    ASSERT_EQ(bytes_.size(), kSegmentHeaderSize + count * kFrame);
    // Later openings of the directory must find what this crash left.
    checkpoint_ = read_file(options_.directory + "/checkpoint");
  }

  Spool& open_with(std::string_view bytes) {
    close();
    for (const auto& path : segments()) std::filesystem::remove(path);
    write_file(options_.directory + "/checkpoint", checkpoint_);
    write_file(path_, bytes);
    return open();
  }

  Strings records_;
  std::string path_;
  std::string bytes_;
  std::string checkpoint_;
};

TEST_F(SpoolDamageTest, TruncatedAtEveryByte) {
  make(5);
  for (std::size_t size = 0; size <= bytes_.size(); ++size) {
    SCOPED_TRACE(size);
    const std::size_t whole = size < kSegmentHeaderSize ? 0 : (size - kSegmentHeaderSize) / kFrame;
    open_with(std::string_view(bytes_).substr(0, size));
    EXPECT_EQ(spool_->recovery().records, whole);
    EXPECT_EQ(spool_->recovery().torn_bytes, size < kSegmentHeaderSize ? 0 : (size - kSegmentHeaderSize) % kFrame);
    EXPECT_EQ(spool_->recovery().damaged_bytes, 0U);
    put("new");
    ASSERT_TRUE(spool_->sync());
    Strings expected(records_.begin(), records_.begin() + static_cast<std::ptrdiff_t>(whole));
    expected.emplace_back("new");
    EXPECT_EQ(drain(), expected);
  }
}

TEST_F(SpoolDamageTest, AFlipAtEveryByteCostsOneRecord) {
  make(5);
  for (std::size_t place = 0; place < bytes_.size(); ++place) {
    SCOPED_TRACE(place);
    std::string damaged = bytes_;
    damaged[place] = static_cast<char>(damaged[place] ^ (1 << (place % 8)));
    open_with(damaged);
    Strings expected = records_;
    if (place < kSegmentHeaderSize) {
      EXPECT_EQ(spool_->recovery().damaged_headers, 1U);
    } else {
      expected.erase(expected.begin() + static_cast<std::ptrdiff_t>((place - kSegmentHeaderSize) / kFrame));
      EXPECT_EQ(spool_->recovery().damaged_bytes + spool_->recovery().torn_bytes, kFrame);
      // The last record's number is known from nothing else.
      EXPECT_EQ(spool_->recovery().lost_records, place >= kSegmentHeaderSize + 4 * kFrame ? 0U : 1U);
    }
    EXPECT_EQ(spool_->recovery().records, expected.size());
    put("new");
    ASSERT_TRUE(spool_->sync());
    expected.emplace_back("new");
    EXPECT_EQ(drain(), expected);
    EXPECT_EQ(spool_->state().records, 0U);
    EXPECT_EQ(spool_->state().damaged, 0U) << "counted by recovery, not once more";
  }
}

TEST_F(SpoolDamageTest, AStretchInTheMiddleOverwritten) {
  make(9);
  std::string damaged = bytes_;
  for (std::size_t i = 0; i < 3 * kFrame; ++i) damaged[kSegmentHeaderSize + 2 * kFrame + 7 + i] = '\xf5';
  open_with(damaged);
  EXPECT_EQ(spool_->recovery().records, 5U);
  EXPECT_EQ(spool_->recovery().lost_records, 4U);
  EXPECT_EQ(spool_->recovery().damaged_stretches, 1U);
  EXPECT_EQ(drain(), (Strings{records_[0], records_[1], records_[6], records_[7], records_[8]}));
}

TEST_F(SpoolDamageTest, BytesInsertedAndRemoved) {
  make(5);
  std::string damaged = bytes_;
  damaged.insert(kSegmentHeaderSize + 3 * kFrame, "between");
  damaged.erase(kSegmentHeaderSize + kFrame + 10, 5);
  open_with(damaged);
  EXPECT_EQ(drain(), (Strings{records_[0], records_[2], records_[3], records_[4]}));
  EXPECT_EQ(spool_->recovery().lost_records, 1U);
}

TEST_F(SpoolDamageTest, AFrameOfAnotherPlaceIsNotTakenForOne) {
  make(3);
  const std::string frame = bytes_.substr(kSegmentHeaderSize, kFrame);
  open_with(bytes_ + frame);  // the first once more
  EXPECT_EQ(drain(), records_);
}

TEST_F(SpoolDamageTest, AnotherVersionIsLeftAlone) {
  make(3);
  // As a later sensor would write it: another number, and a checksum that is right. The seed is the name's.
  std::string other = bytes_;
  other[8] = static_cast<char>(kSpoolVersion + 1);
  const auto name = *parse_segment_file_name(std::filesystem::path(path_).filename().string());
  std::array<char, 12> seed;
  std::memcpy(seed.data(), &name.priority, 4);
  std::memcpy(seed.data() + 4, &name.first, 8);
  const std::uint32_t sum =
      crc32c(std::string_view(other).substr(0, kSegmentHeaderSize - 4), crc32c({seed.data(), seed.size()}));
  std::memcpy(other.data() + kSegmentHeaderSize - 4, &sum, 4);
  open_with(other);
  EXPECT_EQ(spool_->recovery().other_version_segments, 1U);
  EXPECT_EQ(spool_->recovery().records, 0U);
  put("new");
  ASSERT_TRUE(spool_->sync());
  EXPECT_EQ(drain(), Strings{"new"});
  close();
  EXPECT_EQ(read_file(path_), other);
}

TEST_F(SpoolDamageTest, AMissingSegmentIsCountedByItsNumbers) {
  options_.segment_size = kSegmentHeaderSize + 4 * kFrame;
  open();
  Strings expected;
  for (int i = 0; i < 20; ++i) {
    std::string payload = "record " + std::to_string(i);
    payload.resize(kPayload, '.');
    expected.push_back(payload);
    put(payload);
  }
  ASSERT_TRUE(spool_->sync());
  crash();
  ASSERT_EQ(segments().size(), 5U);
  std::filesystem::remove(segments()[1]);
  open();
  EXPECT_EQ(spool_->recovery().records, 16U);
  EXPECT_EQ(spool_->recovery().lost_records, 4U);
  expected.erase(expected.begin() + 4, expected.begin() + 8);
  EXPECT_EQ(drain(), expected);
}

TEST_F(SpoolDamageTest, TheNewestSegmentMissingIsKnownFromTheCheckpoint) {
  open();
  for (int i = 0; i < 10; ++i) put("record");
  close();  // writes a checkpoint
  ASSERT_EQ(segments().size(), 1U);
  std::filesystem::remove(segments()[0]);
  open();
  EXPECT_EQ(spool_->recovery().records, 0U);
  EXPECT_EQ(spool_->recovery().lost_records, 10U);
  put("new");
  ASSERT_TRUE(spool_->sync());
  EXPECT_EQ(drain(), Strings{"new"});
}

TEST_F(SpoolDamageTest, WhatVanishesWhileItIsInUseIsCounted) {
  options_.segment_size = kSegmentHeaderSize + 4 * kFrame;
  open();
  for (int i = 0; i < 20; ++i) put(std::string(kPayload, 'x'));
  ASSERT_TRUE(spool_->sync());
  std::filesystem::remove(segments()[1]);
  EXPECT_EQ(drain().size(), 16U);
  EXPECT_EQ(spool_->state().damaged, 4U);
  EXPECT_EQ(spool_->state().records, 0U);
  EXPECT_TRUE(spool_->empty());
}

TEST_F(SpoolDamageTest, ForeignFilesAreNamedAndLeftAlone) {
  make(3);
  const std::string fifo = "4-0000000000000005.segment";
  const Strings foreign{"4-0000000000000005.segment", "6-0000000000000000.segment", "9-0000000000000000.segment",
                        "README", "backup.segment"};
  write_file(options_.directory + "/README", "mine");
  write_file(options_.directory + "/backup.segment", "mine");
  write_file(options_.directory + "/9-0000000000000000.segment", "mine");
  ASSERT_EQ(::mkfifo((options_.directory + "/" + fifo).c_str(), 0600), 0);
  std::filesystem::create_symlink("README", options_.directory + "/6-0000000000000000.segment");
  open();
  Strings found = spool_->recovery().foreign_files;
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, foreign);
  EXPECT_EQ(spool_->recovery().records, 3U);
  EXPECT_EQ(spool_->recovery().lost_records, 0U);
  put("at the pipe's name", Priority::Warning);
  put("at the link's name", Priority::Informational);
  ASSERT_TRUE(spool_->sync());
  EXPECT_EQ(drain().size(), 5U);
  close();
  for (const auto& name : foreign)
    EXPECT_TRUE(std::filesystem::exists(std::filesystem::symlink_status(options_.directory + "/" + name))) << name;
  EXPECT_EQ(read_file(options_.directory + "/README"), "mine");
}

TEST_F(SpoolDamageTest, ACheckpointDamagedAtEveryByte) {
  open();
  for (int i = 0; i < 6; ++i) put("record " + std::to_string(i));
  ASSERT_TRUE(spool_->sync());
  for (int i = 0; i < 2; ++i) spool_->delivered(spool_->next()->position);
  close();
  const std::string segment = segments().at(0);
  const std::string bytes = read_file(segment);
  const std::string checkpoint = read_file(options_.directory + "/checkpoint");
  for (std::size_t place = 0; place < checkpoint.size(); ++place) {
    SCOPED_TRACE(place);
    std::string damaged = checkpoint;
    damaged[place] = static_cast<char>(damaged[place] ^ 0x40);
    write_file(options_.directory + "/checkpoint", damaged);
    open();
    EXPECT_FALSE(spool_->recovery().checkpoint_damaged) << "the other slot holds";
    EXPECT_EQ(spool_->recovery().lost_records, 0U);
    // At worst the checkpoint before it is used, which says less.
    EXPECT_GE(spool_->recovery().records, 4U);
    EXPECT_LE(spool_->recovery().records, 6U);
    crash();
    write_file(segments().at(0), bytes);
  }
  write_file(options_.directory + "/checkpoint", "garbage");
  open();
  EXPECT_TRUE(spool_->recovery().checkpoint_damaged);
  EXPECT_EQ(spool_->recovery().records, 6U) << "everything that is there is sent again";
}

}  // namespace
}  // namespace picket
